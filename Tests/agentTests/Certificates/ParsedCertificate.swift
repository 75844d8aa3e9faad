import CMbedTLS

@testable import agent

/// A certificate as Mbed TLS reads it, which had no part in writing it.
final class ParsedCertificate {
  private let crt = UnsafeMutablePointer<mbedtls_x509_crt>.allocate(capacity: 1)

  /// PEM. Throws Mbed TLS's error code.
  init(_ pem: [UInt8]) throws {
    mbedtls_x509_crt_init(crt)
    let rc = mbedtls_x509_crt_parse(crt, pem + [0], pem.count + 1)
    if rc != 0 { throw Failure(code: rc) }
  }

  deinit {
    mbedtls_x509_crt_free(crt)
    crt.deallocate()
  }

  struct Failure: Error { let code: Int32 }

  var version: Int32 { crt.pointee.version }
  var serial: [UInt8] { bytes(crt.pointee.serial) }
  var subject: [UInt8] { bytes(crt.pointee.subject_raw) }
  var issuer: [UInt8] { bytes(crt.pointee.issuer_raw) }
  var publicKey: [UInt8] { bytes(crt.pointee.pk_raw) }
  /// Path length plus one; 0 for none.
  var pathLength: Int32 { crt.pointee.max_pathlen }
  var isCA: Bool { crt.pointee.ca_istrue != 0 }
  var keyUsage: UInt32 { crt.pointee.key_usage }
  var notBefore: [Int32] { date(crt.pointee.valid_from) }
  var notAfter: [Int32] { date(crt.pointee.valid_to) }

  /// Tag (2 DNS, 7 IP) and content of each alternative name.
  var altNames: [(kind: Int32, content: [UInt8])] {
    if crt.pointee.subject_alt_names.buf.p == nil { return [] }
    var out: [(kind: Int32, content: [UInt8])] = []
    withUnsafePointer(to: &crt.pointee.subject_alt_names) { first in
      var next: UnsafePointer<mbedtls_x509_sequence>? = first
      while let item = next {
        out.append((item.pointee.buf.tag & 0x1f, bytes(item.pointee.buf)))
        next = UnsafePointer(item.pointee.next)
      }
    }
    return out
  }

  func allows(_ purpose: [UInt8]) -> Bool {
    purpose.withUnsafeBytes {
      mbedtls_x509_crt_check_extended_key_usage(crt, $0.bindMemory(to: CChar.self).baseAddress, purpose.count) == 0
    }
  }

  /// The flags that Mbed TLS raises when it verifies this certificate with `root` as the only root; 0 for none.
  func problems(under root: ParsedCertificate) -> UInt32 {
    var flags: UInt32 = 0
    _ = mbedtls_x509_crt_verify(crt, root.crt, nil, nil, &flags, nil, nil)
    return flags
  }

  private func bytes(_ buffer: mbedtls_x509_buf) -> [UInt8] { Array(UnsafeBufferPointer(start: buffer.p, count: buffer.len)) }

  private func date(_ time: mbedtls_x509_time) -> [Int32] { [time.year, time.mon, time.day, time.hour, time.min, time.sec] }
}
