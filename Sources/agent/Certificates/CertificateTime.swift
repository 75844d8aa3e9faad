/// Dates of certificates: seconds since 1970-01-01T00:00:00Z without leap seconds, in the Gregorian calendar.
enum CertificateTime {
  /// 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z: what GeneralizedTime can express.
  static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799
  /// 1975-01-01T00:00:00Z, upstream's notBefore for a request without one.
  static let defaultStart: Int64 = 157_766_400
  /// 3650 days, from now to the notAfter of a request without one.
  static let defaultSpan: Int64 = 3650 * 86400

  /// RFC 5280 §4.1.2.5: UTCTime where two digits can express the year (1950 to 2049), else GeneralizedTime. `seconds` lies in `range`.
  static func der(_ seconds: Int64) -> [UInt8] {
    let second = modulo(seconds, 86400)
    let (year, month, day) = date((seconds - second) / 86400)
    let isShort = year >= 1950 && year < 2050
    let digits =
      (isShort ? [] : two(year / 100)) + two(year % 100) + two(month) + two(day)
      + two(second / 3600) + two(second / 60 % 60) + two(second % 60)
    return DER.element(isShort ? DER.utcTime : DER.generalizedTime, digits + "Z")
  }

  /// The date of a day counted from 1970-01-01. Years begin in March here, so that the leap day comes last, and 400 of them always have
  /// 146097 days.
  private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    // from 0000-03-01
    let days = days + 719_468
    let dayOf400 = modulo(days, 146_097)
    let cycles = (days - dayOf400) / 146_097
    // every 4th year has a day more, except each 100th, unless it is a 400th; 1460, 36524 and 146096 are the last days of such periods
    let yearOf400 = (dayOf400 - dayOf400 / 1460 + dayOf400 / 36524 - dayOf400 / 146_096) / 365
    let dayOfYear = dayOf400 - (365 * yearOf400 + yearOf400 / 4 - yearOf400 / 100)
    // five months from March, or from August, have 153 days
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (400 * cycles + yearOf400 + (month <= 2 ? 1 : 0), month, day)
  }

  private static func modulo(_ value: Int64, _ by: Int64) -> Int64 {
    let rest = value % by
    return rest < 0 ? rest + by : rest
  }

  private static func two(_ number: Int64) -> [UInt8] {
    [UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10), UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)]
  }
}
