import Access
import HTTPServer

/// Refuses what a page of another site makes a browser send here with its reader's cookies.
///
/// Browsers say where a request comes from, in `Sec-Fetch-Site` and `Origin`, and no script can change
/// that; a request without either is no browser's, and has only the cookies that its sender holds.
/// Cookies are `SameSite=Lax` besides. Source: OWASP, CSRF Prevention Cheat Sheet, Fetch Metadata.
enum FormOrigin {
  static func check(_ request: Request, of site: Site) throws(Denial) {
    guard ![.get, .head, .options].contains(request.method) else { return }
    switch request.header("sec-fetch-site") {
    case "same-origin": return
    case nil: break
    // `none` is typed or bookmarked, which is no form; `same-site` is a shop's host beside ours.
    default: throw .foreignForm
    }
    guard let origin = request.header("origin") else { return }
    guard origin == site.baseURL || origin == "\(request.scheme)://\(request.authority)" else {
      throw .foreignForm
    }
  }
}
