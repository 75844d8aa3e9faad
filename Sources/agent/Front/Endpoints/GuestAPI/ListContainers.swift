/// All containers of the engine, running or not.
struct ListContainers: ReplyMessage {
  let containers: [Container]

  /// `/api/ListContainers`.
  static func serve(_ call: Call, _ engine: ContainerEngine) {
    engine.list { result in
      call.reply { () throws(AgentError) in ListContainers(containers: try result.get().containers) }
    }
  }

  func write(_ fields: FieldWriter) {
    fields.messages("containers", 1, count: containers.count) { index, fields in
      let container = containers[index]
      fields.string("id", 1, container.id)
      fields.strings("names", 2, container.names)
      fields.string("image", 3, container.image)
      fields.string("image_id", 4, container.imageID)
      fields.number("created", 6, container.created)
      fields.string("state", 7, container.state)
      fields.string("status", 8, container.status)
    }
  }
}
