package import IPAddresses

/// What carries requests in and answers out. The server above it knows no library, so another one
/// can take this place.
package protocol HTTPTransport: Sendable {
  /// The port that is listened on; 0 for a socket without ports.
  var port: UInt16 { get }
  var connectionCount: Int { get }

  /// Takes no new connections, lets requests in flight finish for at most `limit`, ends the rest
  /// with 503 and returns when nothing is open any more.
  func stop(within limit: Duration) async
}

/// What a transport asks of the server. All but `answer` is called on a transport's thread and must
/// not wait.
protocol RequestReceiver: Sendable {
  /// The head is complete; nothing of the body has been read.
  func admit(_ head: RequestHead) -> Admission
  /// Runs the route's handler. Errors are answers, too.
  func answer(_ request: Request) async -> Response
  /// An answer for a request that cannot have the one it asked for.
  func refusal(_ error: HTTPError, _ request: Request?) -> Response
  func started(_ request: Request)
  func finished(_ request: Request, _ outcome: RequestOutcome)
}

/// How a request ended.
package struct RequestOutcome: Sendable {
  package let status: Int
  /// From the request line to the last byte handed to the kernel.
  package let durationNanoseconds: Int64
  package let bodyBytes: Int
  /// Whether the client had the whole answer, as far as the kernel can tell.
  package let isComplete: Bool
}

/// What becomes of a request whose head is complete.
struct Admission {
  enum Plan {
    /// No handler is needed: not found, a redirect, a refusal.
    case answer(Response)
    case handle(BodyReader?)
  }

  var request: Request
  var plan: Plan
  var deadline: Duration
}

/// Where to listen.
package enum ListenAddress: Sendable {
  /// A socket that listens already and stays its owner's; several processes may share it.
  case descriptor(Int32)
  /// - Parameter port: 0 for any that is free.
  case tcp(host: String, port: UInt16)
}

/// What a transport allows its clients. Each has a deadline of its own, since a library's time-out
/// usually starts anew with every byte.
package struct TransportSettings: Sendable {
  package var connectionLimit = 20_000
  /// For the request's head and the answer's fields; a longer head is 431. An idle connection costs
  /// about this much and 2 KiB.
  package var connectionMemoryBytes = 12 << 10
  package var threads = 1
  /// From the opening of a connection, or the first byte of its next request, to the end of the head.
  package var headerDeadline = Duration.seconds(10)
  /// A body may take this long and as many seconds more as its bytes are worth at
  /// `minimumBytesPerSecond`.
  package var bodyGrace = Duration.seconds(10)
  /// The slowest that a client may send a body and read an answer.
  package var minimumBytesPerSecond = 1024
  /// How often a client that reads an answer is measured against `minimumBytesPerSecond`.
  package var writeWindow = Duration.seconds(15)
  package var idleTimeout = Duration.seconds(75)
  /// How often deadlines and heartbeats are looked at.
  package var sweepInterval = Duration.milliseconds(250)
  package var trustedProxies: [AddressBlock] = []

  package init() {}
}
