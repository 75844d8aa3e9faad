import Testing

@testable import agent

struct CertificateTimeTests {
  /// Made with Python's datetime; twelve digits are a UTCTime, fourteen a GeneralizedTime.
  @Test(
    arguments: [
      (-62167219200, "00000101000000Z"),
      (-62162121600, "00000229000000Z"),
      (-62162035200, "00000301000000Z"),
      (-62135596800, "00010101000000Z"),
      (-12219292800, "15821015000000Z"),
      (-2208988801, "18991231235959Z"),
      (-2203891201, "19000228235959Z"),
      (-2203891200, "19000301000000Z"),
      (-631152001, "19491231235959Z"),
      (-631152000, "500101000000Z"),
      (-1, "691231235959Z"),
      (0, "700101000000Z"),
      (1, "700101000001Z"),
      (157766400, "750101000000Z"),
      (946684799, "991231235959Z"),
      (951827696, "000229123456Z"),
      (951868800, "000301000000Z"),
      (1709164800, "240229000000Z"),
      (1735689599, "241231235959Z"),
      (1735689600, "250101000000Z"),
      (2147483648, "380119031408Z"),
      (2524607999, "491231235959Z"),
      (2524608000, "20500101000000Z"),
      (4107542399, "21000228235959Z"),
      (4107542400, "21000301000000Z"),
      (13574563200, "24000229000000Z"),
      (253402300799, "99991231235959Z"),
    ] as [(Int64, String)])
  func known(_ seconds: Int64, _ text: String) {
    let tag = text.utf8.count == 13 ? DER.utcTime : DER.generalizedTime
    #expect(CertificateTime.der(seconds) == DER.element(tag, Array(text.utf8)))
  }

  /// Every first and last day of every month that a certificate can name, counted day by day.
  @Test func calendar() {
    var day: Int64 = -719_528
    for year in 0...9999 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      for (month, length) in zip(1..., [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        if year % 100 < 5 || month == 2 {
          check(day, year, month, 1)
          check(day + Int64(length) - 1, year, month, length)
        }
        day += Int64(length)
      }
    }
    #expect(day * 86400 - 1 == CertificateTime.range.upperBound)
  }

  private func check(_ days: Int64, _ year: Int, _ month: Int, _ day: Int) {
    let digits = [year / 1000, year / 100 % 10, year / 10 % 10, year % 10, month / 10, month % 10, day / 10, day % 10]
    let expected = digits.dropFirst(year >= 1950 && year < 2050 ? 2 : 0).map { UInt8(0x30 + $0) }
    let der = CertificateTime.der(days * 86400)
    if Array(der[2..<2 + expected.count]) != expected { Issue.record("\(year)-\(month)-\(day)") }
  }
}
