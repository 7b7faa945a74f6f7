import Access
package import HTTPServer
import Scope
package import Web

/// Every address of this capability: route → verb → permission.
package enum ShopsRoutes {
  package static func all(of site: Site, plans: PlanList) -> [Route] {
    [
      .page(.get, "/", for: .anybody, of: site) { visit in
        let offered = try await plans.current(in: visit.scope)
        return .page(ShowLanding.page(offered, in: visit.frame))
      },
      .page(.get, "/pricing", for: .anybody, of: site) { visit in
        let offered = try await plans.current(in: visit.scope)
        return .page(
          try ShowPricing.page(offered, asked: visit.request.query, in: visit.frame))
      },
    ]
  }
}
