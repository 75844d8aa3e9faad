/// Every bound on what an outsider can make the agent hold or do. Sizes are bytes, times milliseconds.
enum Limits {
  // MARK: HTTP
  /// Request line, header fields and the empty line behind them.
  static let requestHead = 8 * 1024
  static let requestBody = 1024 * 1024
  /// A body above this is never worked on in the loop.
  static let largeBody = 64 * 1024
  /// Bodies of all requests in flight from apps, on all their listeners, and from all others; and what of each does not count, so that
  /// large ones do not keep out small ones.
  static let requestBodies = 3 * 1024 * 1024
  static let strangersBodies = 1024 * 1024
  static let smallBody = 4 * 1024
  /// Extensions and trailers of a chunked body, which are dropped.
  static let chunkExtras = 8 * 1024
  /// From a request's first byte to the end of its head.
  static let headDeadline: Int64 = 5_000
  /// From the end of the head to the end of the body.
  static let bodyDeadline: Int64 = 30_000
  /// A connection on which nothing is read or written for so long is closed.
  static let idle: Int64 = 10_000
  /// How long, and for how many bytes, the rest of a refused request is read so that its answer is not lost.
  static let linger: Int64 = 2_000
  static let lingerBytes = 1024 * 1024
  /// All of an answer whose length is known; and after the idle time, the least bytes a second that its reader has taken on the average.
  static let answerTime: Int64 = 30_000
  static let leastSpeed: Int64 = 16 * 1024
  /// One read from a connection, and what is kept of what is not looked at yet.
  static let readChunk = 8 * 1024

  /// Of a body that is made while it is sent, what may wait for its reader before no more is made.
  static let streamPending = 32 * 1024
  /// Of a body whose length is known, what is made at a time.
  static let bodyPart = 8 * 1024
  /// An answer's body up to this size leaves in one write with the head.
  static let joinedBody = 8 * 1024

  // MARK: Server
  /// Microseconds of a round of the loop, after which what is left waits for the next one. With what is begun then it is to end in 5 ms.
  static let round: Int64 = 2_000
  /// Parts of an answer that one connection sends in a round, or writes of it.
  static let partsInRound = 4
  /// Connections of one listener; the next one is answered 503 at once.
  static let connections = 64
  static let listenBacklog: Int32 = 128
  /// What is read of the list of a process's control groups.
  static let controlGroups = 4 * 1024
  /// Connections that a listener accepts in one round of the loop.
  static let acceptBatch = 16
  /// Pause of accept when descriptors or memory have run out, unless a connection closes earlier.
  static let acceptPause: Int64 = 100
  /// For requests in flight after SIGTERM.
  static let shutdown: Int64 = 5_000
  /// A job's result.
  static let jobResult = 1024 * 1024
  /// Callers of whom it is known when they had their last turn.
  static let turns = 256
  /// Jobs of one kind at once.
  static let jobs = 4

  /// Sockets that the supervisor hands over.
  static let activatedSockets = 16
  /// Until what the supervisor had no room for is sent again.
  static let notifyPause: Int64 = 100
  /// Of a caller's name for something, what is quoted in an error.
  static let quotedName = 64
  /// Lines about failed requests in a row, before they come one a second.
  static let failureLines = 20

  // MARK: The two processes
  /// Of the channel between them: bytes of a message, and of what goes in a file: app-compose, or one event.
  static let channelMessage = 64 * 1024
  static let channelFile = composeFile
  /// What is begun with of the event log in one message: an event more follows if a piece is shorter.
  static let logPiece = 16 * 1024
  /// Bytes that a line of the log may take for one of its own while it is read, and an event on its way between the processes.
  static let lineCopies = 8
  /// Requests of the front that are not answered yet.
  static let channelRequests = 128
  /// From one ping of the front to the next, before which it must have said something.
  static let ping: Int64 = 5_000
  /// Tries of a listening socket that the front of a keeper that has ended may still have.
  static let frontEndTries = 10
  /// The front's memory, and for each byte of app-compose, which pages show escaped twice.
  static let frontMemory = 128 * 1024 * 1024
  static let frontMemoryFactor = 64
  /// Answers of the container engine that are relayed at once, and how long one of a log may last: a week.
  static let relays = 32
  static let relayedLog: Int64 = 7 * 86_400_000
  /// A Compose project's name.
  static let projectName = 4 * 1024

  // MARK: Evidence
  /// SDKs give up after 3 s: a quote that could not be there in this time is refused with 503.
  static let quoteWait: Int64 = 2_500
  /// A quote that is not made by then is given up, and its report entry removed.
  static let quoteTime: Int64 = 9_000
  /// A process that makes a quote or removes entries and is not done by then is killed.
  static let quoteDeadline: Int64 = 10_000
  /// Different report data that wait for their quote.
  static let quoteQueue = 32
  /// Requests that share a quote.
  static let quoteSharers = 32
  /// How long the attestation of a signing key, which anyone may ask for, is given again, whatever is emitted.
  static let attestationReuse: Int64 = 30_000
  /// For the lock of the runtime event log, and for all of an EmitEvent.
  static let logLock: Int64 = 2_000
  static let emitDeadline: Int64 = 5_000
  /// How long a quote that is made waits for a writer that may be between RTMR3 and the log.
  static let logSettle: Int64 = 500
  /// What is to be signed up to this size is hashed at once; a process that hashes more and is not done by then is killed.
  static let digestAtOnce = 64 * 1024
  static let digestDeadline: Int64 = 10_000
  /// Name and payload of an event that an application emits.
  static let eventName = 128
  static let eventPayload = 64 * 1024
  /// The runtime event log. Whatever it is filled with, the attestation made of it stays within `attestation`.
  static let runtimeLog = 1536 * 1024
  /// Callers whose shares of it are counted one by one.
  static let logWriters = 256
  /// The area of the firmware's event log, of which 64 KiB are usual and 1 MiB is common; the log in it, and its events.
  static let ccelArea = 16 * 1024 * 1024
  static let ccel = 1024 * 1024
  static let ccelEvents = 4096
  /// Hash algorithms that it declares.
  static let ccelAlgorithms = 16
  /// The text in front of TdxQuote's data, which the answer repeats, and the path of DeriveKey.
  static let quotePrefix = 4 * 1024
  static let keyPath = 64 * 1024
  /// Quotes, and answers of the quote generation service.
  static let quote = 16 * 1024
  /// A versioned attestation.
  static let attestation = 10 * 1024 * 1024
  /// vm_config's os_image_hash.
  static let imageHash = 64
  /// /etc/tdx-attest.conf.
  static let attestConfig = 4 * 1024
  /// Between two tries while the TDX module or the report interface is busy.
  static let busyPause: Int64 = 20
  /// Tries of a register read or an extend that finds the TDX module busy, and looks whether a process is gone.
  static let busyTries = 50
  /// Names of stale report entries looked at in one go.
  static let staleEntries = 4 * 1024

  // MARK: Parsing
  static let jsonDepth = 32
  /// Fields of a call, elements of lists and unknown members of JSON among them.
  static let callFields = 32 * 1024
  /// Until a call with a large body begins, and for a child to work on it.
  static let callWait: Int64 = 2_500
  static let callTime: Int64 = 5_000
  /// Memory that such a child may have to ask for.
  static let callMemory = 4 * requestBody
  /// What goes on to the loop of the arguments of such a call: of a field, of a list and of an element of it. One more than any method
  /// takes, so that what is too much stays too much. And all of them, or a reply.
  static let argument = eventPayload + 1
  static let arguments = altNames + 1
  static let listedArgument = altName + 1
  static let callResult = 256 * 1024
  /// Members of a JSON object that is asked for them by name.
  static let jsonMembers = 1024
  static let configFile = 64 * 1024
  static let appKeysFile = 64 * 1024
  static let gpuAttestation = 1024 * 1024
  static let composeFile = 50 * 1024 * 1024
  static let sysConfigFile = 32 * 1024
  static let machineName = 256

  // MARK: Machine and containers
  /// Rows of a table on the dashboard, bytes of a value and of a text there.
  static let pageRows = 256
  static let pageValue = 256
  static let pageText = 64 * 1024
  /// What a page may become.
  static let page = 4 * 1024 * 1024
  /// The machine and the list of containers are read once in so many milliseconds at most.
  static let reading: Int64 = 1_000
  /// What is read of a text in /proc or /etc that tells of the machine.
  static let systemText = 256 * 1024
  /// What is read of the mounts; a line of an overlay may have 4 KiB.
  static let mounts = 4 * 1024 * 1024
  /// Name servers, gateways and interfaces that are reported, and addresses of one interface.
  static let addresses = 64
  /// The head of an answer to a request of ours, and a line of the numbers and fields in its body (RFC 9112, chunked).
  static let responseHead = 16 * 1024
  static let responseLine = 1024
  /// What the container engine says of all its containers.
  static let containerList = 1024 * 1024
  /// Bytes that it may take to read the list for one of it: `{}` is a container too.
  static let listFactor = 36
  /// For the engine to answer in, and between two parts of a log that is there already.
  static let engineAnswer: Int64 = 5_000
  /// A container's name or identifier.
  static let containerName = 255
  /// What is read at a time of a program's output, and when a reader who follows looks again.
  static let outputChunk = 16 * 1024
  static let outputPause: Int64 = 250
  /// Logs that are followed at once, and how long one may be silent.
  static let followers = 8
  static let silentFollow: Int64 = 600_000

  // MARK: Health
  /// From one look at the app to the next, and how long one may take.
  static let healthPause: Int64 = 5_000
  static let healthRefresh: Int64 = 10_000
  /// Looks in a row that could not tell, before the last verdict counts no more.
  static let healthDoubts = 2
  /// Containers of an app that are judged, and bytes of what the engine says of one in a word.
  static let healthContainers = 256
  static let healthWord = 64
  /// What the engine says of one container when its health is looked at.
  static let inspection = 128 * 1024
  /// What of a health file counts, and of its path is told, in bytes; and for how many seconds it holds.
  static let healthFile = 4096
  static let healthPath = 256
  static let healthLifetime: Int64 = 60
  /// For how long an answer to Health is given again while the verdict stays the same.
  static let healthReuse: Int64 = 60_000

  // MARK: Keys and certificates
  /// A private key in PEM; a P-256 key has 241 bytes.
  static let keyPEM = 4096
  /// Characters of a certificate's common name (RFC 5280, ub-common-name).
  static let commonName = 64
  /// Alternative names of a certificate, and bytes of one (a DNS name has at most 253).
  static let altNames = 256
  static let altName = 253

  // MARK: KMS
  /// URLs of KMSs, and bytes of one.
  static let kmsURLs = 16
  static let kmsURL = 1024
  /// For the name, the connection and TLS, of which the name may take half; and then for the answer, which a KMS gives after it has
  /// verified a quote.
  static let kmsConnect: Int64 = 5_000
  static let kmsAnswer: Int64 = 20_000
  /// Addresses of a name that are used.
  static let nameAddresses = 8
  /// For the app's keys, before which a KMS may have to fetch the image to verify it.
  static let kmsKeys: Int64 = 60_000
  /// A process that calls a KMS and is not done so long after these times is killed.
  static let kmsGrace: Int64 = 3_000
  /// How long a certificate's signature is tried for again when a try fails at once, the first pause, and the end of it all.
  static let kmsPatience: Int64 = 2_000
  static let kmsPause: Int64 = 100
  static let kmsDeadline = kmsPatience + kmsConnect + kmsAnswer + kmsGrace
  /// Signatures that are waited for at once.
  static let kmsCalls = 4
  /// Before the app certificate is tried for again.
  static let appCertPause: Int64 = 10_000
  /// The body of an answer.
  static let kmsBody = 64 * 1024
  /// DER of the certificate that is shown to a KMS: TLS has 16 KiB for it and what is around it.
  static let clientCertificate = 16 * 1024 - 16

  // MARK: Boot
  /// Files of the host-shared directory, beside `composeFile` and `sysConfigFile`; and what is copied in one go.
  static let instanceInfo = 10 * 1024
  static let encryptedEnv = 256 * 1024
  static let userConfig = 50 * 1024 * 1024
  static let copyChunk = 64 * 1024
  /// The root directory of a FAT disk: 65,536 entries, the most that one may have.
  static let fatDirectory = 2 * 1024 * 1024
  /// Scripts of app-compose's init_script.
  static let initScripts = 5
  /// Bytes of the seed of an instance's identifier.
  static let instanceSeed = 64
  /// Comparators of a range of versions.
  static let versionComparators = 32
  static let osRelease = 64 * 1024
  /// A log that `replay` reads.
  static let replayFile = 16 * 1024 * 1024
  /// For all notifications of the host in a boot, and for one of them.
  static let notifications: Int64 = 1_000
  static let notification: Int64 = 300
  /// Variables of an encrypted environment, bytes of a name and of a value.
  static let envVariables = 1024
  static let envName = 255
  static let envValue = 128 * 1024

  /// Names on the PCI bus with a NUL each: `staleEntries`, less the longest name.
  static let deviceNames = staleEntries - 256
  /// What sysfs says of a device's class, and what is shown of an address.
  static let deviceClass = 9
  static let deviceAddress = 32

  // MARK: Process 1
  /// The kernel's own limit is 2048 on x86.
  static let kernelCommandLine = 4096
  static let moduleList = 64 * 1024
  /// Names in /etc/dstack/run.d with a NUL each: `staleEntries`, less the longest name.
  static let programNames = staleEntries - 256
  /// The decrypted environment as JSON: `encryptedEnv` bytes, each escaped.
  static let decryptedEnv = 6 * encryptedEnv
  /// Before a program that has ended is started again: at first, and at most; twice as long each time.
  static let restartPause: Int64 = 100
  static let restartPauseLimit: Int64 = 10_000
  /// A number of seconds and the end of its line.
  static let built = 21
  /// Of a label in DNS (RFC 1035).
  static let hostName = 63
  /// Of a program's name, and of its settings.
  static let programName = 64
  static let programSettings = 64 * 1024
  /// Programs.
  static let programs = 128
  /// What is kept of what a program writes, with the heads of blocks; bytes of a block; and what is read at a time of a program's pipe, which
  /// holds 64 KiB, and in front of its end.
  static let programOutput = 256 * 1024
  static let outputBlock = 1024
  static let outputRead = 4 * 1024
  static let outputReads = 16
  /// What is told of a program's path.
  static let programPath = 255
  /// From one look at programs' memory to the next.
  static let programMemory: Int64 = 5_000
  /// What such settings may ask for: seconds of grace, and processes or files.
  static let stopSeconds: UInt64 = 300
  static let programNumber: UInt64 = 1 << 20
  /// What programs leave of the machine's memory to the agent and the kernel.
  static let reservedMemory: Int64 = 64 * 1024 * 1024
  /// From SIGTERM to SIGKILL when the machine stops.
  static let stopGrace: Int64 = 5_000
  /// One read of an input device's events.
  static let inputEvents = 64 * 24
}
