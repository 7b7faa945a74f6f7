import CCurl
import Glibc
import IPAddresses

/// A transfer that libcurl works on: its handle, what it reads from and writes to, and what is known
/// so far. Lives on the loop's thread; libcurl's callbacks get a pointer to it.
final class ActiveTransfer {
  let plan: TransferPlan
  let ticket: TransferTicket
  let easy: UnsafeMutableRawPointer
  private let answer: (TransferResult) -> Void
  private var result = TransferResult()
  private var source: ContentSource?
  private var sink: AnswerSink
  private var lists: [UnsafeMutablePointer<curl_slist>] = []
  private var headerBytes = 0
  /// Why a callback of ours ended the transfer, which libcurl's own code does not tell.
  private var ownFailure: TransferFailure?

  private static let maximumHeaderBytes = 64 * 1_024

  init(_ plan: TransferPlan, ticket: TransferTicket, answer: @escaping (TransferResult) -> Void) {
    guard let easy = curl_easy_init() else { preconditionFailure("curl_easy_init: no memory") }
    self.plan = plan
    self.ticket = ticket
    self.easy = easy
    self.answer = answer
    sink = AnswerSink(plan.destination, maximumBytes: plan.maximumAnswerBytes)
  }

  deinit {
    curl_easy_cleanup(easy)
    for list in lists { curl_slist_free_all(list) }
  }

  static func from(_ context: UnsafeMutableRawPointer) -> ActiveTransfer {
    Unmanaged<ActiveTransfer>.fromOpaque(context).takeUnretainedValue()
  }

  /// - Returns: False when the content cannot be read, or libcurl does not know what it is asked.
  func prepare() -> Bool {
    do throws(TransferFailure) {
      source = try plan.content.map { content throws(TransferFailure) in try ContentSource(content)
      }
      try setOptions(contentSize: source?.size)
      return true
    } catch {
      ownFailure = error
      return false
    }
  }

  func keep(_ list: UnsafeMutablePointer<curl_slist>) { lists.append(list) }

  func refuse() { end(with: ownFailure ?? .malformed) }

  func cancel() { end(with: .cancelled) }

  func finish(_ code: CURLcode) {
    result.status = martlet_curl_get_long(easy, CURLINFO_RESPONSE_CODE)
    result.usedHTTP2 =
      martlet_curl_get_long(easy, CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_2_0)
    result.reusedConnection =
      result.requestBegan && martlet_curl_get_long(easy, CURLINFO_NUM_CONNECTS) == 0
    let retryAfter = martlet_curl_get_size(easy, CURLINFO_RETRY_AFTER)
    result.retryAfterSeconds = retryAfter > 0 ? Int(retryAfter) : nil
    guard code == CURLE_OK else { return end(with: ownFailure ?? TransferFailure(code)) }
    end(with: sink.close(isSuccess: isSuccess))
  }

  private var isSuccess: Bool { (200..<300).contains(result.status) }

  private func end(with failure: TransferFailure?) {
    result.failure = failure
    if failure != nil { sink.discard() }
    result.body = sink.bytes
    result.bodySize = sink.size
    answer(result)
  }
}

// What libcurl calls.
extension ActiveTransfer {
  func takeHeaderLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let line = String(decoding: bytes, as: UTF8.self).trimmingLineEnd
    headerBytes += bytes.count
    guard headerBytes <= Self.maximumHeaderBytes else { return fail(.answerTooLarge) }
    if case .http = plan.exchange, line.hasPrefix("HTTP/") {
      // Of several answers, such as 103 before 200, the last one counts.
      result.headerLines.removeAll()
    } else if !line.isEmpty {
      result.headerLines.append(line)
    }
    return true
  }

  func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if result.status == 0 {
      result.status = martlet_curl_get_long(easy, CURLINFO_RESPONSE_CODE)
    }
    do throws(TransferFailure) {
      try sink.append(bytes, isSuccess: isSuccess)
      return true
    } catch {
      return fail(error)
    }
  }

  /// - Returns: How many bytes were put into the buffer, or nil to end the transfer.
  func readContent(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    guard let count = source?.read(into: buffer) else {
      _ = fail(.file(errno: errno))
      return nil
    }
    if count == 0 || source?.isAtEnd == true { result.contentWasSent = true }
    return count
  }

  func rewindContent(to offset: Int) -> Bool { source?.seek(to: offset) ?? false }

  /// - Returns: A new socket, or nil when the address may not be talked to.
  func openSocket(_ address: curl_sockaddr, at raw: UnsafePointer<sockaddr>?) -> Int32? {
    guard permits(IPAddress(raw)) else { return nil }
    let close = Int32(SOCK_CLOEXEC.rawValue)
    return socket(address.family, address.socktype | close, address.protocol)
  }

  func beforeRequest(peer: String) -> Bool {
    guard plan.allowsAddress == nil || IPAddress(peer).map(permits) == true else {
      return fail(.addressRefused)
    }
    result.requestBegan = true
    return true
  }

  /// One refused address spoils the whole name: who gives both kinds is up to no good.
  private func permits(_ address: IPAddress) -> Bool {
    guard let allows = plan.allowsAddress else { return true }
    return ownFailure != .addressRefused && allows(address) || fail(.addressRefused)
  }

  private func fail(_ failure: TransferFailure) -> Bool {
    ownFailure = ownFailure ?? failure
    return false
  }
}

extension TransferFailure {
  init(_ code: CURLcode) {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: self = .malformed
    case CURLE_COULDNT_RESOLVE_HOST: self = .nameNotFound
    case CURLE_COULDNT_CONNECT: self = .notConnected
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
      CURLE_USE_SSL_FAILED, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM:
      self = .tls
    case CURLE_OPERATION_TIMEDOUT: self = .timedOut
    case CURLE_LOGIN_DENIED: self = .loginRefused
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE,
      CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SEND_FAIL_REWIND:
      self = .broken
    default: self = .other(code: code.rawValue)
    }
  }
}

extension String {
  fileprivate var trimmingLineEnd: String {
    var text = self[...]
    while let last = text.last, last.isNewline { text.removeLast() }
    return String(text)
  }
}
