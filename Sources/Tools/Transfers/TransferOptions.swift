import CCurl
import Glibc

extension ActiveTransfer {
  /// Says to libcurl what the plan wants, and what holds for every transfer.
  func setOptions(contentSize: Int?) throws(TransferFailure) {
    setCallbacks()
    try set(CURLOPT_URL, plan.url)
    // No proxy, whatever the environment says: it would carry the calls past our address filter.
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_NOPROXY, "*")
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let file = plan.authoritiesFile { try set(CURLOPT_CAINFO, file) }
    try setTimeouts(plan.timeouts)
    if plan.hasOwnConnection {
      try set(CURLOPT_FRESH_CONNECT, 1)
      try set(CURLOPT_FORBID_REUSE, 1)
      try set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
    }
    try set(CURLOPT_RESOLVE, plan.knownAddresses)
    if let login = plan.login {
      try set(CURLOPT_USERNAME, login.name)
      try set(CURLOPT_PASSWORD, login.password)
    }
    switch plan.exchange {
    case .http(let method, let headers): try setHTTP(method, headers, contentSize: contentSize)
    case .smtp(let sender, let recipients, let encryption):
      try setSMTP(sender, recipients, encryption, contentSize: contentSize)
    }
  }

  private func setHTTP(
    _ method: String, _ headers: [String], contentSize: Int?
  ) throws(TransferFailure) {
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    // What was signed is what is sent, dots and double slashes included.
    try set(CURLOPT_PATH_AS_IS, 1)
    // Rather one more stream on a connection that is being made than one more connection.
    try set(CURLOPT_PIPEWAIT, plan.hasOwnConnection ? 0 : 1)
    if let contentSize {
      try set(CURLOPT_UPLOAD, 1)
      try set(size: CURLOPT_INFILESIZE_LARGE, contentSize)
    }
    if method == "HEAD" { try set(CURLOPT_NOBODY, 1) }
    try set(CURLOPT_CUSTOMREQUEST, method)
    // Waiting for `100 Continue` costs a round trip, and a second where servers ignore it.
    try set(CURLOPT_HTTPHEADER, headers + ["Expect:"])
  }

  private func setSMTP(
    _ sender: String, _ recipients: [String], _ encryption: TransferPlan.Encryption,
    contentSize: Int?
  ) throws(TransferFailure) {
    try set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    let level =
      switch encryption {
      case .none: CURLUSESSL_NONE
      case .whereOffered: CURLUSESSL_TRY
      case .required: CURLUSESSL_ALL
      }
    try set(CURLOPT_USE_SSL, Int(level.rawValue))
    // Also how long it waits for the answer to QUIT when a connection is given up.
    try set(CURLOPT_SERVER_RESPONSE_TIMEOUT, plan.timeouts.idle.wholeSeconds)
    try set(CURLOPT_MAIL_FROM, sender)
    try set(CURLOPT_MAIL_RCPT, recipients)
    try set(CURLOPT_UPLOAD, 1)
    try set(size: CURLOPT_INFILESIZE_LARGE, contentSize ?? 0)
  }

  private func setTimeouts(_ timeouts: TransferTimeouts) throws(TransferFailure) {
    try set(CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect.wholeMilliseconds)
    try set(CURLOPT_TIMEOUT_MS, timeouts.total.wholeMilliseconds)
    try set(CURLOPT_LOW_SPEED_LIMIT, 1)
    try set(CURLOPT_LOW_SPEED_TIME, timeouts.idle.wholeSeconds)
  }

  private func set(_ option: CURLoption, _ value: Int) throws(TransferFailure) {
    try check(martlet_curl_set_long(easy, option, value))
  }

  private func set(size option: CURLoption, _ value: Int) throws(TransferFailure) {
    try check(martlet_curl_set_size(easy, option, curl_off_t(value)))
  }

  private func set(_ option: CURLoption, _ value: String) throws(TransferFailure) {
    // C would end the text at NUL, and mean something else.
    guard !value.utf8.contains(0) else { throw .malformed }
    try check(martlet_curl_set_text(easy, option, value))
  }

  private func set(_ option: CURLoption, _ lines: [String]) throws(TransferFailure) {
    var list: UnsafeMutablePointer<curl_slist>?
    defer { if let list { keep(list) } }
    for line in lines {
      guard !line.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 }) else { throw .malformed }
      list = curl_slist_append(list, line)
    }
    try check(martlet_curl_set_list(easy, option, list))
  }

  private func check(_ code: CURLcode) throws(TransferFailure) {
    guard code == CURLE_OK else { throw .other(code: code.rawValue) }
  }

  private func setCallbacks() {
    martlet_curl_set_callbacks(
      easy, Unmanaged.passUnretained(self).toOpaque(),
      { @Sendable bytes, size, count, context in
        let buffer = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return context.map(ActiveTransfer.from)?.takeHeaderLine(buffer) == true ? buffer.count : 0
      },
      { @Sendable bytes, size, count, context in
        let buffer = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return context.map(ActiveTransfer.from)?.takeBody(buffer) == true ? buffer.count : 0
      },
      { @Sendable bytes, size, count, context in
        let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
        let taken = context.map(ActiveTransfer.from)?.readContent(into: buffer)
        return taken ?? martlet_curl_abort_reading
      },
      { @Sendable context, offset, _ in
        let isThere = context.map(ActiveTransfer.from)?.rewindContent(to: Int(offset)) == true
        return isThere ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
      },
      { @Sendable context, _, address in
        guard let address, let transfer = context.map(ActiveTransfer.from) else {
          return martlet_curl_no_socket
        }
        let raw = martlet_curl_address(address)
        return transfer.openSocket(address.pointee, at: raw) ?? martlet_curl_no_socket
      },
      { @Sendable context, peer, _, _, _ in
        let peer = peer.map { String(cString: $0) } ?? ""
        let goesOn = context.map(ActiveTransfer.from)?.beforeRequest(peer: peer) == true
        return goesOn ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
      })
  }
}

extension Duration {
  fileprivate var wholeSeconds: Int { (wholeMilliseconds + 999) / 1_000 }

  /// At least one: libcurl takes zero for its own default, or for none at all.
  fileprivate var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    let bounded = min(max(seconds, 0), 86_400)
    return max(1, Int(bounded) * 1_000 + Int(attoseconds / 1_000_000_000_000_000))
  }
}
