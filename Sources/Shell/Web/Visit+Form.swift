import Access
package import Fields
package import HTML
package import HTTPServer

extension Visit {
  /// What a form sent, handled; where it is refused, the form again with all that was typed and why.
  package func form<Form>(
    _ fields: Fields<Form>, _ handle: (Form) async throws -> Response,
    again: (FilledForm) throws -> HTML
  ) async throws -> Response {
    let input = request.body.input ?? .object([])
    do {
      return try await handle(try fields.parse(input))
    } catch let invalid as InvalidInput {
      let form = FilledForm(fields.schema, given: input, errors: invalid.errors)
      return .privatePage(try again(form), status: invalid.status)
    } catch let denial as Denial {
      throw denial
    } catch let refusal as any UserFacingError {
      let form = FilledForm(fields.schema, given: input, refusal: refusal.userMessage)
      var response = Response.privatePage(try again(form), status: refusal.status)
      if let seconds = refusal.retryAfterSeconds {
        response.headers.append("Retry-After", "\(seconds)")
      }
      return response
    }
  }
}
