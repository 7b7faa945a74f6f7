import Fields
import HTML
package import HTTPServer
import Observability
import PostgreSQL
import Secrets

/// The one place where errors become answers: of a rule what it says, of the database "in a moment",
/// of anything else an apology whose number finds the log line.
package enum Failures {
  /// What a handler threw, as the server's kind of error. Logs what is our own mistake.
  package static func httpError(for error: any Error) -> HTTPError {
    switch error {
    case let error as any UserFacingError:
      HTTPError(
        status: error.status, code: error.code,
        detail: error.userMessage.resolved(in: Language.current))
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
  package static func page(for error: HTTPError, _ request: Request?, of site: Site) -> Response? {
    guard let request, wantsPage(request) else { return nil }
    return Language.$current.withValue(site.language(of: request)) {
      let html = ErrorPage.page(
        status: error.status, requestID: request.id, in: site.frame(for: request))
      var response = Response.page(html, status: error.status)
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
