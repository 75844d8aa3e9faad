import Glibc

@main
struct Entry {
  static func main() {
    do {
      try Command.run(Array(CommandLine.arguments.dropFirst()))
    } catch let failure as Failure {
      System.log(failure.text)
      exit(failure.status)
    } catch {
      System.log("\(error)")
      exit(1)
    }
  }
}
