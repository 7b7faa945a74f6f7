import HTTPServer

/// What a page says about itself, for the list of all routes.
package struct PageDescription: RouteDescription {
  package let permission: String
  package let audience: Audience

  package init(permission: String, audience: Audience) {
    self.permission = permission
    self.audience = audience
  }
}
