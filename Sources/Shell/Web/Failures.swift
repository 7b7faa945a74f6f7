import Access
import Fields
import HTML
package import HTTPServer
import Limits
import Observability
import PostgreSQL
import Secrets

/// The one place where errors become answers: of a rule what it says, of the database "in a moment",
/// of anything else an apology whose number finds the log line.
package enum Failures {
  /// What a handler threw, as the server's kind of error. Logs what is our own mistake.
  package static func httpError(
    for error: any Error, _ request: Request, of site: Site
  ) -> HTTPError {
    httpError(for: error, in: site.language(of: request))
  }

  static func httpError(
    for error: any Error, in language: @autoclosure () -> Language
  ) -> HTTPError {
    switch error {
    case let counted as Counted:
      httpError(for: counted.error, in: language()).with(counted.budget)
    case let error as HTTPError:
      error
    case let error as InvalidInput:
      invalid(error, in: language())
    case let error as TooManyRequests:
      refusal(error, in: language()).with(error.budget)
    case Denial.signInNeeded:
      HTTPError(
        status: 401, code: Denial.signInNeeded.code,
        detail: Denial.signInNeeded.userMessage.resolved(in: language()),
        headers: ["WWW-Authenticate": "Bearer"])
    case let error as any UserFacingError:
      refusal(error, in: language())
    case let error as PostgreSQLError where error.isTemporary:
      unavailable(error)
    case PostgreSQLError.outcomeUnknown:
      HTTPError(
        status: 503, code: "outcome_unknown",
        detail:
          "The answer of the database was lost. Look whether it happened before trying again.",
        headers: ["Retry-After": "2"])
    case PasswordHasher.Failure.overloaded(let retryAfterSeconds):
      HTTPError(
        status: 503, code: "sign_in_busy",
        detail: "Many people are signing in at this moment. Try again in a few seconds.",
        headers: ["Retry-After": "\(retryAfterSeconds)"])
    case is CancellationError, PostgreSQLError.cancelled, PasswordHasher.Failure.cancelled:
      HTTPError.overdue
    default:
      unexpected(error)
    }
  }

  private static func refusal(
    _ error: any UserFacingError, in language: Language
  ) -> HTTPError {
    var headers = HeaderList()
    if let seconds = error.retryAfterSeconds { headers.append("Retry-After", "\(seconds)") }
    return HTTPError(
      status: error.status, code: error.code, detail: error.userMessage.resolved(in: language),
      headers: headers)
  }

  private static func invalid(_ error: InvalidInput, in language: Language) -> HTTPError {
    HTTPError(
      status: error.status, code: error.code, detail: error.userMessage.resolved(in: language),
      fields: error.errors.map { field in
        HTTPError.Field(
          name: field.field, code: field.code, detail: field.detail.resolved(in: language))
      })
  }

  private static func unavailable(_ error: PostgreSQLError) -> HTTPError {
    Log.warning("database.unavailable", ["reason": .string("\(error)")])
    return HTTPError(
      status: 503, code: "database_unavailable",
      detail: "The database is away for a moment. Try again in a few seconds.",
      headers: ["Retry-After": "2"])
  }

  private static func unexpected(_ error: any Error) -> HTTPError {
    Log.error("request.failed", ["error": .string("\(error)")])
    return .internalFailure
  }

  /// A page for people; nil leaves the server's problem document to programs.
  package static func page(for error: HTTPError, _ request: Request, of site: Site) -> Response? {
    page(status: error.status, message: nil, way: .toFrontPage, request, of: site)
  }

  /// As above, with what the feature says about its refusal.
  static func page(
    for refusal: any UserFacingError, _ request: Request, of site: Site
  ) -> Response? {
    let lacksSecondFactor = refusal as? Denial == .secondFactorRequired
    return page(
      status: refusal.status, message: refusal.userMessage,
      way: lacksSecondFactor ? .toSecondFactor : .toFrontPage, request, of: site)
  }

  private static func page(
    status: Int, message: UserMessage?, way: ErrorPage.Way, _ request: Request, of site: Site
  ) -> Response? {
    guard wantsPage(request) else { return nil }
    return Language.$current.withValue(site.language(of: request)) {
      // The address may have a token in it, or be one that only takes forms.
      let html = ErrorPage.page(
        status: status, message: message, way: way, requestID: request.id,
        in: site.frame(for: request, at: "/"))
      var response = Response.page(html, status: status)
      response.entityTag = nil
      response.headers.set("Cache-Control", "no-store")
      return response
    }
  }

  /// Whoever names HTML gets a page; programs, which take anything or JSON, get a document.
  private static func wantsPage(_ request: Request) -> Bool {
    guard !request.path.hasPrefix("/api/"), let accept = request.header("accept") else {
      return false
    }
    return accept.contains("text/html")
  }
}

extension HTTPError {
  /// The same, with what is left to the caller where that is not said yet.
  fileprivate func with(_ budget: Budget) -> HTTPError {
    guard !headers.contains("RateLimit-Limit") else { return self }
    var headers = headers
    for field in budget.headers { headers.append(field.name, field.value) }
    return HTTPError(
      status: status, code: code, detail: detail, headers: headers, fields: fields)
  }
}
