import Documents
import Foundation
import HTML

/// One text as a QR code of each level.
struct QRJob: Decodable, Sendable {
  struct Report: Encodable, Sendable {
    var codes: [String: Code] = [:]
    var refused: String?
  }
  struct Code: Encodable, Sendable {
    let side: Int
    let svg: String
    let png: Data
  }

  let text: String
  let moduleSize: Int

  static func run(_ job: QRJob) throws -> Report {
    var report = Report()
    do throws(QRCode.Refused) {
      for level in QRCode.Level.allCases {
        let code = try QRCode(job.text, level: level)
        report.codes["\(level)"] = Code(
          side: code.side, svg: code.svg(label: "QR code").text,
          png: Data(code.png(moduleSize: job.moduleSize)))
      }
    } catch {
      report.refused = "\(error)"
    }
    return report
  }
}
