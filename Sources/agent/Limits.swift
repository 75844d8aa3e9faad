/// Every bound on what an outsider can make the agent hold or do. Sizes are bytes, times milliseconds, unless stated.
enum Limits {
  // MARK: HTTP
  /// Request line, header fields and the empty line after them.
  static let requestHead = 8 * 1024
  /// A longer head is parsed again each time that a client sends it.
  static let keptHead = 512
  static let requestBody = 1024 * 1024
  /// A larger body is never worked on in the loop.
  static let largeBody = 32 * 1024
  /// The bodies of all requests in flight from apps, on all their listeners, and from everyone else; and how much of each body does not
  /// count, so that large bodies do not keep out small ones.
  static let requestBodies = 3 * 1024 * 1024
  static let strangersBodies = 1024 * 1024
  static let smallBody = 4 * 1024
  /// Extensions and trailers of a chunked body, which are dropped.
  static let chunkExtras = 8 * 1024
  /// From a request's first byte to the end of its head.
  static let headDeadline: Int64 = 5_000
  /// From the end of the head to the end of the body.
  static let bodyDeadline: Int64 = 30_000
  /// A connection without a read or a write for this long is closed.
  static let idle: Int64 = 10_000
  /// How long, and for how many bytes, the rest of a refused request is read, so that its answer is not lost.
  static let linger: Int64 = 2_000
  static let lingerBytes = 1024 * 1024
  /// For the whole of an answer whose length is known; and the bytes per second, on average, that its reader must take after the idle time.
  static let answerTime: Int64 = 30_000
  static let leastSpeed: Int64 = 16 * 1024
  /// One read from a connection, and the most that is kept unparsed.
  static let readChunk = 8 * 1024

  /// For an answer of unknown length: what may wait for the reader before the producer must pause.
  static let streamPending = 32 * 1024
  /// For an answer of known length: how much is made at a time.
  static let bodyPart = 8 * 1024
  /// An answer's body up to this size is sent in one write with the head.
  static let joinedBody = 8 * 1024

  // MARK: Server
  /// Microseconds that a round of the loop may take before what is left waits for the next one. With the work begun by then, a round should
  /// end within 5 ms.
  static let round: Int64 = 1_000
  /// Brief calls in a row before the loop reads the clock.
  static let briefCalls = 16
  /// A round with this many ready sources is followed by one that does not wait.
  static let busyRound = 4
  /// Writes of one connection in a round, each of a part of its answer.
  static let partsInRound = 4
  /// Connections of one listener. When a further one arrives, another gives way, or it is answered 503 at once.
  static let connections = 64
  static let listenBacklog: Int32 = 128
  /// Bytes read of the list of a process's control groups.
  static let controlGroups = 4 * 1024
  /// Processes whose control groups are remembered, and for how many milliseconds: a process can be moved to another group.
  static let knownProcesses = 8
  static let knownProcess: Int64 = 1_000
  /// Connections that a listener gives places in one round of the loop.
  static let acceptBatch = 8
  /// Microseconds for which it refuses others in that round.
  static let refusing: Int64 = 500
  /// How long accepting pauses when descriptors or memory have run out, unless a connection closes earlier.
  static let acceptPause: Int64 = 100
  /// For requests in flight after SIGTERM.
  static let shutdown: Int64 = 5_000
  /// Bytes of a job's result.
  static let jobResult = 1024 * 1024
  /// Callers whose last turns are remembered.
  static let turns = 256
  /// Jobs of one kind at once.
  static let jobs = 4

  /// Sockets that the supervisor hands over.
  static let activatedSockets = 16
  /// Until a message that the supervisor had no room for is sent again.
  static let notifyPause: Int64 = 100
  /// Bytes of a name from outside that an error quotes.
  static let quotedName = 64
  /// Lines about failed requests in a burst; after that, one a second.
  static let failureLines = 20
  /// Milliseconds that a line waits, twice at most, for another process that writes to the same terminal.
  static let logPatience: Int32 = 1
  /// The same while the agent starts: nobody waits for it then, and scripts wait for its lines.
  static let startLogPatience: Int32 = 1000
  /// The same in process 1, which shows lines of programs beside its own.
  static let initLogPatience: Int32 = 20

  // MARK: The two processes
  /// The channel between them: bytes of a message, and of what is passed in a file (app-compose, or one event).
  static let channelMessage = 64 * 1024
  static let channelFile = composeFile
  /// A message with events of the log gets another event while it is shorter than this.
  static let logPiece = 4 * 1024
  /// Memory that reading a line of the log, or passing an event between the processes, may take for each of its bytes.
  static let lineCopies = 8
  /// Requests of the front that are not answered yet.
  static let channelRequests = 128
  /// From one ping of the front to the next; a front that has said nothing in between has failed.
  static let ping: Int64 = 5_000
  /// Attempts to open a listening socket, which the front of a keeper that has just ended may still hold.
  static let frontEndTries = 10
  /// The front's memory, and what is added for each byte of app-compose, which pages show escaped twice.
  static let frontMemory = 128 * 1024 * 1024
  static let frontMemoryFactor = 64
  /// Answers of the container engine relayed at once to readers of logs, and how long one may last: a week.
  static let relays = 32
  static let relayedLog: Int64 = 7 * 86_400_000
  /// A Compose project's name.
  static let projectName = 4 * 1024

  // MARK: Evidence
  /// SDKs give up after 3 s: a request whose quote could not be ready in this time is refused with 503.
  static let quoteWait: Int64 = 2_500
  /// A quote not made by then is abandoned, and its report entry removed.
  static let quoteTime: Int64 = 9_000
  /// A process that makes a quote or removes entries and has not finished by then is killed.
  static let quoteDeadline: Int64 = 10_000
  /// Requests waiting for a quote to be begun; also those sharing the one that is being made.
  static let quoteQueue = 32
  /// Strangers who wait for the attestation of a signing key.
  static let quoteSharers = 32
  /// How long the attestation of a signing key, which anyone may ask for, is reused, whatever events are emitted.
  static let attestationReuse: Int64 = 30_000
  /// For the lock of the runtime event log, and for a whole EmitEvent.
  static let logLock: Int64 = 2_000
  static let emitDeadline: Int64 = 5_000
  /// How long a quote that has been made waits for a writer that may be between extending RTMR3 and writing the log.
  static let logSettle: Int64 = 500
  /// Up to this size, data to be signed is hashed at once; a process that hashes more and has not finished by then is killed.
  static let digestAtOnce = 64 * 1024
  static let digestDeadline: Int64 = 10_000
  /// Name and payload of an application's event.
  static let eventName = 128
  static let eventPayload = 64 * 1024
  /// The runtime event log. Whatever fills it, an attestation with it stays within `attestation`.
  static let runtimeLog = 1536 * 1024
  /// Callers whose shares of that log are accounted separately, and as many groups whose other users are.
  static let logWriters = 256
  /// The area of the firmware's event log, usually 64 KiB and often 1 MiB; the log in it; and its events.
  static let ccelArea = 16 * 1024 * 1024
  static let ccel = 1024 * 1024
  static let ccelEvents = 4096
  /// Hash algorithms that the log may declare.
  static let ccelAlgorithms = 16
  /// The text before TdxQuote's data, which the answer repeats, and the path of DeriveKey.
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
  /// Between two attempts while the TDX module or the report interface is busy.
  static let busyPause: Int64 = 20
  /// Attempts to read or extend a register while the TDX module is busy, and checks whether a process is gone.
  static let busyTries = 50
  /// Bytes of the names of stale report entries read at a time.
  static let staleEntries = 4 * 1024

  // MARK: Parsing
  static let jsonDepth = 32
  /// Fields of a call, including the elements of lists and unknown members of JSON.
  static let callFields = 32 * 1024
  /// Pairs of a query, which are sorted on the loop.
  static let queryPairs = 512
  /// How long a call with a large body may wait, and how long a child may work on it.
  static let callWait: Int64 = 2_500
  static let callTime: Int64 = 5_000
  /// Memory that such a child must be able to get.
  static let callMemory = 4 * requestBody
  /// What the loop is given of such a call's arguments: bytes of a field, elements of a list, and bytes of an element. One more than any
  /// method takes, so that the method still sees that there was too much. And the size of all arguments together, or of a reply.
  static let argument = eventPayload + 1
  static let arguments = altNames + 1
  static let listedArgument = altName + 1
  static let callResult = 256 * 1024
  /// Members of a JSON object whose members are read by name.
  static let jsonMembers = 1024
  static let configFile = 64 * 1024
  /// The path of a Unix socket (unix(7)), without a NUL.
  static let socketPath = 107
  static let appKeysFile = 64 * 1024
  static let gpuAttestation = 1024 * 1024
  static let composeFile = 50 * 1024 * 1024
  static let sysConfigFile = 32 * 1024
  static let machineName = 256

  // MARK: Machine and containers
  /// Rows of a table on the dashboard; bytes of a value and of a text there.
  static let pageRows = 256
  static let pageValue = 256
  static let pageText = 64 * 1024
  /// Memory that a page may need.
  static let page = 4 * 1024 * 1024
  /// The machine and the list of containers are read at most once in this time.
  static let reading: Int64 = 1_000
  /// Bytes read of a text in /proc or /etc about the machine.
  static let systemText = 256 * 1024
  /// Bytes read of the mount table; the line of an overlay may be 4 KiB long.
  static let mounts = 4 * 1024 * 1024
  /// Name servers, gateways and interfaces reported, and addresses of one interface.
  static let addresses = 64
  /// The head of an answer to one of our requests, and a line of chunk sizes or trailers in its body (RFC 9112).
  static let responseHead = 16 * 1024
  static let responseLine = 1024
  /// What the container engine says about all its containers.
  static let containerList = 1024 * 1024
  /// Memory that reading that list may take for each of its bytes: `{}` is a container too.
  static let listFactor = 36
  /// For the engine's answer, and between two parts of a log that exists already.
  static let engineAnswer: Int64 = 5_000
  /// A container's name or identifier.
  static let containerName = 255
  /// What is read at a time of a program's output, and how soon a reader who follows it looks again.
  static let outputChunk = 16 * 1024
  static let outputPause: Int64 = 250
  /// Logs followed at once, and how long one may be silent.
  static let followers = 8
  /// Logs followed, or read from the engine, at once; fewer than `relays`, because a relay takes a moment to end.
  static let logReaders = 24
  static let silentFollow: Int64 = 600_000

  // MARK: Health
  /// Between two checks of the app's health, and how long one may take.
  static let healthPause: Int64 = 5_000
  static let healthRefresh: Int64 = 10_000
  /// How many checks in a row may have no result while the last verdict still counts.
  static let healthDoubts = 2
  /// Containers of an app that are judged, and bytes quoted of a word that the engine says about one.
  static let healthContainers = 256
  static let healthWord = 64
  /// What the engine says about one container when its health is checked.
  static let inspection = 128 * 1024
  /// Bytes of a health file that count, and of its path that are shown; and the seconds for which it is valid.
  static let healthFile = 4096
  static let healthPath = 256
  static let healthLifetime: Int64 = 60
  /// How long an answer to Health is reused while the verdict stays the same.
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
  /// Configured KMS URLs, and bytes of one.
  static let kmsURLs = 16
  static let kmsURL = 1024
  /// For name lookup, connection and TLS, of which the lookup may take half; and then for the answer, which a KMS gives after verifying a
  /// quote.
  static let kmsConnect: Int64 = 5_000
  static let kmsAnswer: Int64 = 20_000
  /// Addresses tried for a name.
  static let nameAddresses = 8
  /// For the app's keys: before it answers, a KMS may have to fetch the image to verify it.
  static let kmsKeys: Int64 = 60_000
  /// A process that calls a KMS is killed if it exceeds these times by this much.
  static let kmsGrace: Int64 = 3_000
  /// How long getting a certificate signed is retried when attempts fail at once; the first pause; and the deadline for it all.
  static let kmsPatience: Int64 = 2_000
  static let kmsPause: Int64 = 100
  static let kmsDeadline = kmsPatience + kmsConnect + kmsAnswer + kmsGrace
  /// Until the next attempt to get the app certificate.
  static let appCertPause: Int64 = 10_000
  /// The body of a KMS's answer.
  static let kmsBody = 64 * 1024
  /// DER of the certificate presented to a KMS: TLS has 16 KiB for it and its framing.
  static let clientCertificate = 16 * 1024 - 16

  // MARK: Boot
  /// Files of the host-shared directory, besides `composeFile` and `sysConfigFile`; and the bytes copied at a time.
  static let instanceInfo = 10 * 1024
  static let encryptedEnv = 256 * 1024
  static let userConfig = 50 * 1024 * 1024
  static let copyChunk = 64 * 1024
  /// What is read of a file at first: most are shorter, and the C library has so little at hand.
  static let firstRead = 2 * 1024
  /// The root directory of a FAT disk: 65,536 entries, the maximum.
  static let fatDirectory = 2 * 1024 * 1024
  /// Scripts of app-compose's init_script.
  static let initScripts = 5
  /// Bytes of the seed of an instance's identifier.
  static let instanceSeed = 64
  /// Comparators of a version range.
  static let versionComparators = 32
  static let osRelease = 64 * 1024
  /// A log for `replay`.
  static let replayFile = 16 * 1024 * 1024
  /// For all notifications to the host in a boot, and for one of them.
  static let notifications: Int64 = 1_000
  static let notification: Int64 = 300
  /// Variables of an encrypted environment, bytes of a name and of a value.
  static let envVariables = 1024
  static let envName = 255
  static let envValue = 128 * 1024
  /// A data disk, at least: its header, and the file system that it begins with.
  static let dataDisk = 129 * 1024 * 1024

  /// Names on the PCI bus, each with a NUL: `staleEntries` less the longest name.
  static let deviceNames = staleEntries - 256
  /// What sysfs says about a device's class, and what is shown of an address.
  static let deviceClass = 9
  static let deviceAddress = 32

  // MARK: Process 1
  /// The kernel's own limit is 2048 on x86.
  static let kernelCommandLine = 4096
  static let moduleList = 64 * 1024
  /// Names in /etc/dstack/run.d, each with a NUL: `staleEntries` less the longest name.
  static let programNames = staleEntries - 256
  /// The decrypted environment as JSON: `encryptedEnv` bytes, each escaped.
  static let decryptedEnv = 6 * encryptedEnv
  /// Before a program that has ended is restarted: the first pause, and the longest; it doubles each time.
  static let restartPause: Int64 = 100
  static let restartPauseLimit: Int64 = 10_000
  /// When the image was made: a number of seconds and a line end.
  static let built = 21
  /// A label in DNS (RFC 1035).
  static let hostName = 63
  /// A program's name, and its settings.
  static let programName = 64
  static let programSettings = 64 * 1024
  /// Programs.
  static let programs = 128
  /// What is kept of a program's output, with the heads of blocks; bytes of a block; bytes of one read of its pipe, which holds 64 KiB; and
  /// reads after the program has ended.
  static let programOutput = 256 * 1024
  static let outputBlock = 1024
  static let outputRead = 4 * 1024
  static let outputReads = 16
  /// The bytes of a program's path that the front gets.
  static let programPath = 255
  /// Between two readings of programs' memory.
  static let programMemory: Int64 = 5_000
  /// The most that a program's settings may ask for: seconds of grace, and processes or files.
  static let stopSeconds: UInt64 = 300
  static let programNumber: UInt64 = 1 << 20
  /// Memory that programs leave to the agent and the kernel.
  static let reservedMemory: Int64 = 64 * 1024 * 1024
  /// From SIGTERM to SIGKILL when the machine stops.
  static let stopGrace: Int64 = 5_000
  /// How long to wait for a first address by DHCP. After that, a boot that needs one fails, and programs are started without one.
  static let firstLease: Int64 = 15_000
  /// Between two messages to a DHCP server while there is no lease: at first, and at most. It doubles each time.
  static let leasePause: Int64 = 1_000
  static let leasePauseLimit: Int64 = 64_000
  /// Between two requests for more time, at least, except before the last one (RFC 2131 §4.4.5).
  static let renewalPause: Int64 = 60_000
  /// How many times an offered address is requested.
  static let leaseRequests = 3
  /// An Ethernet frame, with its header.
  static let leaseFrame = 1514
  /// As many as the C libraries read from /etc/resolv.conf.
  static let leasedNameServers = 3
  /// Bytes read of an event of an ACPI driver, which has 68, or of the kernel's description of their family, which has 104.
  static let kernelEvent = 1024
}
