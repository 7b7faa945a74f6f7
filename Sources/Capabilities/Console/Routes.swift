package import HTTPServer

/// Every address of this capability: route → verb → permission.
package enum ConsoleRoutes {
  package static func all(of console: Console) -> [Route] {
    [
      ShowConsole.page(of: console), ShowConsole.route(of: console),
      FindShops.page(of: console), FindShops.route(of: console),
      ShowShop.page(of: console), ShowShop.route(of: console),
      ShowReports.page(of: console), ShowReports.route(of: console),
      AnswerAppeal.page(of: console), AnswerAppeal.route(of: console),
    ]
      + MoveShop.pages(of: console) + MoveShop.routes(of: console)
      + DecideReport.pages(of: console) + DecideReport.routes(of: console)
      + OverridePlan.pages(of: console) + OverridePlan.routes(of: console)
  }
}
