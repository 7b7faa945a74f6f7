import Access
package import HTTPServer
import Scope
import Web

/// Every address of this capability: route → verb → permission.
package enum ShopsRoutes {
  package static func all(of shops: Shops) -> [Route] {
    publicPages(of: shops) + ShowStorefront.routes(of: shops) + OpenShop.pages(of: shops)
      + ShowSettings.pages(of: shops) + EditShop.routes(of: shops) + ReportShop.pages(of: shops)
      + CloseShop.pages(of: shops) + AppealDecision.pages(of: shops)
      + PublishPolicy.routes(of: shops) + PublishPolicy.pages(of: shops)
      + ShowShopPolicy.pages(of: shops) + ShowBrand.pages(of: shops)
      + UploadPicture.routes(of: shops) + ServeBrand.routes(of: shops)
      + RenameShop.pages(of: shops) + team(of: shops) + keys(of: shops)
      + ShowActivity.routes(of: shops) + [
        ReportShop.route(of: shops), CloseShop.route(of: shops), AppealDecision.route(of: shops),
        RenameShop.route(of: shops), ShowShops.page(of: shops), ShowShopHome.page(of: shops),
        OpenShop.route(of: shops), ShowShops.route(of: shops),
      ]
  }

  private static func team(of shops: Shops) -> [Route] {
    [ShowTeam.route(of: shops), ChangeRole.route(of: shops), WithdrawInvitation.route(of: shops)]
      + RemoveRole.routes(of: shops) + Invite.routes(of: shops) + TransferShop.routes(of: shops)
      + [AcceptInvitation.route(of: shops)] + AcceptInvitation.pages(of: shops)
      + ShowTeam.pages(of: shops)
  }

  private static func keys(of shops: Shops) -> [Route] {
    [
      ShowAPIKeys.route(of: shops), MakeAPIKey.route(of: shops), RotateAPIKey.route(of: shops),
      RevokeAPIKey.route(of: shops),
    ]
  }

  private static func publicPages(of shops: Shops) -> [Route] {
    [
      .page(.get, "/", for: .anybody, of: shops.site) { visit in
        let offered = try await shops.plans.current(in: visit.scope)
        return .page(ShowLanding.page(offered, in: visit.frame))
      },
      .page(.get, "/pricing", for: .anybody, of: shops.site) { visit in
        let offered = try await shops.plans.current(in: visit.scope)
        return .page(
          try ShowPricing.page(offered, asked: visit.request.query, in: visit.frame))
      },
    ]
  }
}
