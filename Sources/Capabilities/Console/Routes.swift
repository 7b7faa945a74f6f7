package import HTTPServer

/// Every address of this capability: route → verb → permission.
package enum ConsoleRoutes {
  package static func all(of console: Console) -> [Route] {
    [ShowConsole.page(of: console), ShowConsole.route(of: console)]
  }
}
