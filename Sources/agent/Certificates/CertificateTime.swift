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
    let second = CalendarDate.modulo(seconds, 86400)
    let (year, month, day) = CalendarDate.of((seconds - second) / 86400)
    let isShort = year >= 1950 && year < 2050
    let digits =
      CalendarDate.digits(year, isShort ? 2 : 4) + CalendarDate.digits(month) + CalendarDate.digits(day)
      + CalendarDate.digits(second / 3600) + CalendarDate.digits(second / 60 % 60) + CalendarDate.digits(second % 60)
    return DER.element(isShort ? DER.utcTime : DER.generalizedTime, digits + "Z")
  }
}
