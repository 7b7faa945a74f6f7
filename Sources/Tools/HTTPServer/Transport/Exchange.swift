import CMicroHTTPD
import IPAddresses
import Synchronization

/// One request on its way through the library and back.
///
/// The library's thread owns everything but `state`: it calls back for the request line, the head,
/// each piece of the body and the end, one after another. The handler's task and the sweep touch
/// `state` alone, which decides who resumes the suspended connection: whoever comes second.
final class Exchange: @unchecked Sendable {
  let connection: OpaquePointer
  let client: Client
  let startedAt: Int64
  var target: [UInt8]
  var step = Step.head
  var request: Request?
  var reader: BodyReader?
  var deadline = Duration.zero
  /// A refusal that waits until the body has been read past.
  var refusal: Response?
  var receivedBytes = 0
  /// What was sent, for the log.
  var status = 0
  var sentBytes = 0
  var stream: ResponseStream?

  private let state = Mutex(State.handling)

  /// Which call comes next.
  enum Step { case head, body, ready, handling, answered }

  private enum State {
    case handling
    /// Nobody looks at the connection until it is resumed.
    case suspended(Task<Void, Never>)
    case answered(Response)
    case over
  }

  init(connection: OpaquePointer, client: Client, target: [UInt8], startedAt: Int64) {
    self.connection = connection
    self.client = client
    self.target = target
    self.startedAt = startedAt
  }

  /// Gives the answer; the first one counts.
  /// - Returns: Whether the connection is suspended and now the caller's to resume.
  func finish(_ response: Response) -> Bool { settle(response).mustResume }

  /// Gives an answer in the place of a handler that is not done, and tells its task to stop: only
  /// then, or the handler's last words could come first.
  func giveUp(_ response: Response) -> Bool {
    let (mustResume, task) = settle(response)
    task?.cancel()
    return mustResume
  }

  private func settle(_ response: Response) -> (mustResume: Bool, task: Task<Void, Never>?) {
    state.withLock {
      switch $0 {
      case .handling:
        $0 = .answered(response)
        return (false, nil)
      case .suspended(let task):
        $0 = .answered(response)
        return (true, task)
      case .answered, .over: return (false, nil)
      }
    }
  }

  /// Called with the connection suspended already.
  /// - Returns: False when the answer came first, and the caller must resume.
  func suspend(_ task: Task<Void, Never>) -> Bool {
    state.withLock {
      guard case .handling = $0 else { return false }
      $0 = .suspended(task)
      return true
    }
  }

  /// The answer, once.
  func takeAnswer() -> Response? {
    state.withLock {
      guard case .answered(let response) = $0 else { return nil }
      $0 = .over
      return response
    }
  }
}

/// A connection's other end.
final class Client: Sendable {
  let descriptor: Int32
  let address: IPAddress
  /// Empty when the client is none of them.
  let trustedProxies: [AddressBlock]

  init(descriptor: Int32, address: IPAddress, trustedProxies: [AddressBlock]) {
    self.descriptor = descriptor
    self.address = address
    self.trustedProxies = trustedProxies
  }
}
