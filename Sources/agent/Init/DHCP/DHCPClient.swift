/// A DHCP client (RFC 2131 §4.4) as a state machine without I/O: it takes frames and the time, and says what to send, when to be called
/// again, and what was leased. It does not ask for an earlier address (INIT-REBOOT), does not probe for conflicts, and never releases.
struct DHCPClient {
  private enum State { case selecting, requesting, bound, renewing, rebinding }

  /// When to call `expired`, in milliseconds of the monotonic clock.
  private(set) var deadline: Int64 = 0
  /// A frame to send, and a lease to report to process 1; the caller empties both.
  var frame: [UInt8] = []
  var report: [UInt8] = []
  /// Four random bytes; new ones before each call.
  var random: UInt64 = 0

  private var state = State.selecting
  /// The message to send; its transaction is 0 while there is none.
  private var message: DHCPFrame
  /// When the transaction began or its request was first sent: a lease counts from here, not from the answer (RFC 2131 §4.4.1).
  private var begin: Int64 = 0
  /// Attempts since the last lease. Each doubles the pause, up to `Limits.leasePauseLimit`.
  private var tries: Int64 = 0
  /// How many times to send the request for an offer, counting the one in flight.
  private var requests = 0
  /// The address offered or leased, and the server that it comes from.
  private var address: UInt64 = 0
  private var server: (hardware: UInt64, address: UInt64) = (0, 0)
  /// When to ask any server instead of ours (T2), and when the lease expires.
  private var rebinding: Int64 = 0
  private var end: Int64 = 0
  /// Whether a fault has been logged since the last lease.
  private var hasToldFault = false

  /// `hardware` is the interface's address.
  init(_ hardware: UInt64) { message = DHCPFrame(hardware: hardware) }

  /// Call when the deadline has passed.
  mutating func expired(_ now: Int64) {
    switch state {
    case .selecting: discover(now)
    case .requesting:
      requests -= 1
      if requests > 0 { return wait(now) }
      forget()
      discover(now)
    case .bound, .renewing, .rebinding:
      if now >= end { return lose(now) }
      state = now >= rebinding ? .rebinding : .renewing
      // each request is a new transaction, so an answer shows which request its lease counts from
      begin = now
      message.transaction = max(1, random)
      message.receiver = state == .renewing ? server : DHCPFrame.everybody
      frame = message.encoded()
      let limit = state == .renewing ? rebinding : end
      deadline = min(limit, now + max(Limits.renewalPause, (limit - now) / 2))
    }
  }

  /// Call when a frame has been received.
  mutating func received(_ frame: [UInt8], _ now: Int64) {
    // not waiting for an answer
    if state == .bound || message.transaction == 0 { return }
    guard let data = DHCPFrame.message(in: frame),
      let answer = DHCPAnswer(data, to: message.transaction, of: message.hardware),
      state == .selecting || state == .rebinding || answer.server == server.address
    else { return }
    let isOffer = answer.kind == DHCPFrame.offer
    if isOffer || answer.kind == DHCPFrame.acknowledgement {
      if isOffer != (state == .selecting) || !isOffer && answer.address != address { return }
      let lease = answer.lease()
      if let fault = Lease.fault(lease) {
        if !hasToldFault { Log.warning(bytes("a DHCP server's answer is refused: it has ") + fault) }
        hasToldFault = true
        if state == .requesting { pause(now) }
        return
      }
      server = (BigEndian.decode(frame, 6, 6), answer.server)
      if !isOffer { return bind(lease, answer) }
      address = answer.address
      state = .requesting
      requests = Limits.leaseRequests
      begin = now
      message.kind = DHCPFrame.request
      message.wanted = (address, server.address)
      wait(now)
    } else if answer.kind == DHCPFrame.refusal, state != .selecting {
      if state == .requesting { pause(now) } else { lose(now) }
    }
  }

  /// Broadcasts DHCPDISCOVER.
  private mutating func discover(_ now: Int64) {
    if message.transaction == 0 {
      message.transaction = max(1, random)
      begin = now
    }
    message.seconds = UInt64((now - begin) / 1000)
    wait(now)
  }

  /// Forgets the lease and any offer.
  @inline(never)
  private mutating func forget() {
    state = .selecting
    message = DHCPFrame(hardware: message.hardware)
  }

  /// Starts over after a pause, so that a server that refuses its own offer or sends nonsense cannot keep the client busy.
  private mutating func pause(_ now: Int64) {
    forget()
    schedule(now)
  }

  /// Reports that the lease is lost and starts over.
  @inline(never)
  private mutating func lose(_ now: Int64) {
    report = Lease.none
    forget()
    discover(now)
  }

  private mutating func bind(_ lease: [UInt8], _ answer: DHCPAnswer) {
    let time = Lease.milliseconds(lease)
    var (renewal, rebinding) = (Int64(answer.number(58)) * 1000, Int64(answer.number(59)) * 1000)
    if renewal == 0 { renewal = time / 2 }
    if rebinding == 0 { rebinding = time / 8 * 7 }
    if renewal >= rebinding || rebinding >= time { (renewal, rebinding) = (time / 2, time / 8 * 7) }
    forget()
    state = .bound
    message.kind = DHCPFrame.request
    message.address = address
    tries = 0
    hasToldFault = false
    deadline = begin + renewal
    self.rebinding = begin + rebinding
    end = begin + time
    report = lease
  }

  /// Sends the message, and schedules the next attempt.
  @inline(never)
  private mutating func wait(_ now: Int64) {
    frame = message.encoded()
    schedule(now)
  }

  /// Sets the deadline of the next attempt. Pauses double each time; a random part of ±25 % keeps machines that started together
  /// from asking together.
  @inline(never)
  private mutating func schedule(_ now: Int64) {
    let pause = min(Limits.leasePause << tries, Limits.leasePauseLimit)
    tries = min(tries + 1, 32)
    deadline = now + pause / 4 * 3 + pause * Int64(random >> 24) / 512
  }
}
