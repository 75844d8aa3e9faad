/// The guest's network: name servers, gateways, interfaces.
struct NetworkInfo: ReplyMessage {
  let reading: NetworkReading

  /// `/api/NetworkInfo`.
  static func serve(_ call: Call, _ network: NetworkSource, _ keeper: KeeperLink) {
    keeper.ask(.nameServers) { answer in
      call.reply { NetworkInfo(reading: network.reading(resolver: (try? answer.data()) ?? [])) }
    }
  }

  func write(_ fields: FieldWriter) {
    fields.strings("dns_servers", 1, reading.nameServers)
    fields.messages("gateways", 2, count: reading.gateways.count) { index, fields in
      fields.string("address", 1, reading.gateways[index])
    }
    fields.messages("interfaces", 3, count: reading.interfaces.count) { index, fields in
      let interface = reading.interfaces[index]
      fields.string("name", 1, interface.name)
      fields.messages("addresses", 2, count: interface.addresses.count) { index, fields in
        fields.string("address", 1, interface.addresses[index].text)
        fields.number("prefix", 2, UInt64(interface.addresses[index].prefix))
      }
      fields.number("rx_bytes", 3, interface.receivedBytes)
      fields.number("tx_bytes", 4, interface.sentBytes)
      fields.number("rx_errors", 5, interface.receiveErrors)
      fields.number("tx_errors", 6, interface.sendErrors)
    }
    // WireGuard's own description, which the agent does not ask for
    fields.string("wg_info", 4, [])
  }
}
