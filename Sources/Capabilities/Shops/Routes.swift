package import HTTPServer
import Scope
package import Web

/// Every address of this capability: route → verb → permission.
package enum ShopsRoutes {
  package static func all(of site: Site) -> [Route] {
    [
      .page(.get, "/", for: .anybody, of: site) { visit in
        let plans = try await visit.site.database.all(Plan.offered, in: visit.scope)
        return .page(ShowLanding.page(plans, in: visit.frame))
      },
      .page(.get, "/pricing", for: .anybody, of: site) { visit in
        let plans = try await visit.site.database.all(Plan.offered, in: visit.scope)
        return .page(ShowPricing.page(plans, asked: visit.request.query, in: visit.frame))
      },
    ]
  }
}
