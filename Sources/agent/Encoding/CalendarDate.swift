/// Dates and times in the Gregorian calendar.
enum CalendarDate {
  /// The date of a day counted from 1970-01-01. Years begin in March here, so that the leap day comes last, and 400 of them always
  /// have 146097 days.
  static func of(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // from 0000-03-01
    let days = days + 719_468
    let dayOf400 = modulo(days, 146_097)
    let cycles = (days - dayOf400) / 146_097
    // every 4th year is a day longer, except each 100th unless it is a 400th; 1460, 36524 and 146096 are the last days of such periods
    let yearOf400 = (dayOf400 - dayOf400 / 1460 + dayOf400 / 36524 - dayOf400 / 146_096) / 365
    let dayOfYear = dayOf400 - (365 * yearOf400 + yearOf400 / 4 - yearOf400 / 100)
    // five months from March, or from August, have 153 days
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (400 * cycles + yearOf400 + (month <= 2 ? 1 : 0), month, day)
  }

  static func modulo(_ value: Int64, _ by: Int64) -> Int64 {
    let rest = value % by
    return rest < 0 ? rest + by : rest
  }

  /// The last `count` digits of a number that is not negative.
  @inline(never)
  static func digits(_ number: Int64, _ count: Int = 2) -> [UInt8] {
    var (rest, digits) = (number, [UInt8](repeating: 0, count: count))
    for place in digits.indices.reversed() {
      digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    return digits
  }

  /// `2026-11-28T01:02:03.000000004Z` of nanoseconds since 1970, as container engines write it (RFC 3339).
  static func text(_ nanoseconds: UInt64) -> [UInt8] {
    let seconds = Int64(nanoseconds / 1_000_000_000)
    let (year, month, day) = of(seconds / 86400)
    let time = seconds % 86400
    var text = digits(year, 4)
    let marks = bytes("--T::")
    let numbers = [month, day, time / 3600, time / 60 % 60, time % 60]
    for index in numbers.indices {
      text.append(marks[index])
      text += digits(numbers[index])
    }
    return text + "." + digits(Int64(nanoseconds % 1_000_000_000), 9) + "Z"
  }
}
