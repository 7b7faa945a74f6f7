import Documents
import Foundation

/// Pictures one after another, as often as asked.
struct ImageJob: Decodable, Sendable {
  struct Report: Encodable, Sendable {
    /// Of the last round, for each picture.
    var outcomes: [Outcome] = []
    /// Of this process after each round, as `VmRSS` and `VmHWM`.
    var residentKilobytes: [Int] = []
    var peakKilobytes = 0
  }
  struct Outcome: Encodable, Sendable {
    var refused: String?
    var renditions: [Picture] = []
  }
  struct Picture: Encodable, Sendable {
    let width: Int
    let height: Int
    let type: String
    let content: Data
  }

  let files: [Data]
  let widths: [Int]
  let rounds: Int?

  static func run(_ job: ImageJob) async throws -> Report {
    let converter = ImageConverter()
    var report = Report()
    for _ in 0..<(job.rounds ?? 1) {
      report.outcomes = []
      for file in job.files {
        report.outcomes.append(try await outcome(of: file, widths: job.widths, by: converter))
      }
      report.residentKilobytes.append(try kilobytes("VmRSS"))
    }
    report.peakKilobytes = try kilobytes("VmHWM")
    return report
  }

  private static func outcome(
    of file: Data, widths: [Int], by converter: ImageConverter
  ) async throws -> Outcome {
    do {
      let renditions = try await converter.renditions(
        of: Array(file), widths: widths, formats: [.webP, .jpeg, .png])
      return Outcome(
        renditions: renditions.map {
          Picture(
            width: $0.width, height: $0.height, type: $0.format.mediaType, content: Data($0.bytes))
        })
    } catch let refusal as ImageRefused {
      return Outcome(refused: refusal.code)
    }
  }

  private static func kilobytes(_ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
    return Int(line.filter(\.isNumber)) ?? 0
  }
}
