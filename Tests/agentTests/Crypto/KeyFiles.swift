/// Private keys as OpenSSL writes them, made for these tests. The P-256 ones are all the same key.
enum KeyFiles {
  static let scalar = "78f2d5346016a144734986ebf102e4e3ddd46edaedc8a4c7e2f769535bc77a68"
  static let spki = """
    3059301306072a8648ce3d020106082a8648ce3d030107034200046ba0b954e7252084832200ef0cd32529ddd8e51a25
    08cd4c4011df2907bbd0e8d295c5c4b2eaa9063b4b3da57eb2e26021d725f9bac7127816d6f4a3ad809cf2
    """
  static let pkcs8 = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgePLVNGAWoURzSYbr
    8QLk493UbtrtyKTH4vdpU1vHemihRANCAARroLlU5yUghIMiAO8M0yUp3djlGiUI
    zUxAEd8pB7vQ6NKVxcSy6qkGO0s9pX6y4mAh1yX5uscSeBbW9KOtgJzy
    -----END PRIVATE KEY-----

    """
  static let sec1 = """
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEIHjy1TRgFqFEc0mG6/EC5OPd1G7a7cikx+L3aVNbx3pooAoGCCqGSM49
    AwEHoUQDQgAEa6C5VOclIISDIgDvDNMlKd3Y5RolCM1MQBHfKQe70OjSlcXEsuqp
    BjtLPaV+suJgIdcl+brHEngW1vSjrYCc8g==
    -----END EC PRIVATE KEY-----

    """
  /// Two blocks, as `openssl ecparam -genkey` writes them.
  static let sec1WithParameters = """
    -----BEGIN EC PARAMETERS-----
    BggqhkjOPQMBBw==
    -----END EC PARAMETERS-----
    -----BEGIN EC PRIVATE KEY-----
    MHcCAQEEIHjy1TRgFqFEc0mG6/EC5OPd1G7a7cikx+L3aVNbx3pooAoGCCqGSM49
    AwEHoUQDQgAEa6C5VOclIISDIgDvDNMlKd3Y5RolCM1MQBHfKQe70OjSlcXEsuqp
    BjtLPaV+suJgIdcl+brHEngW1vSjrYCc8g==
    -----END EC PRIVATE KEY-----

    """
  static let sec1WithoutPublicKey = """
    -----BEGIN EC PRIVATE KEY-----
    MDECAQEEIHjy1TRgFqFEc0mG6/EC5OPd1G7a7cikx+L3aVNbx3pooAoGCCqGSM49
    AwEH
    -----END EC PRIVATE KEY-----

    """
  static let explicitParameters = """
    -----BEGIN EC PRIVATE KEY-----
    MIIBaAIBAQQgePLVNGAWoURzSYbr8QLk493UbtrtyKTH4vdpU1vHemiggfowgfcC
    AQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA////////////////
    MFsEIP////8AAAABAAAAAAAAAAAAAAAA///////////////8BCBaxjXYqjqT57Pr
    vVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSdNgiG5wSTamZ44ROdJreBn36QBEEE
    axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54W
    K84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8
    YyVRAgEBoUQDQgAEa6C5VOclIISDIgDvDNMlKd3Y5RolCM1MQBHfKQe70OjSlcXE
    suqpBjtLPaV+suJgIdcl+brHEngW1vSjrYCc8g==
    -----END EC PRIVATE KEY-----

    """
  static let encrypted = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiAItKHljFQcQICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEELlBK/rONtFiEQF7B9ecmCUEgZBy
    KS0ToMNrjlMzdsdlTbhFhsIay8AhseRBvxzaDyWts3X7MbhPlDxRBwzxOWHlqGad
    WR+V2PXbRnXBDA9LO2KPK8O6rD97w4PTm8DUHv12h8ZxAylaTLrd+GyeMYROAhDK
    fYZtXgqRuy/nhJaedXmk+0PhnaLJBzNXPJgHe/VAp8/DzwbVoedmoMjUXYhfr+g=
    -----END ENCRYPTED PRIVATE KEY-----

    """
  static let secp256k1 = """
    -----BEGIN PRIVATE KEY-----
    MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgGxKZTWPbcqPVoENyBrYB
    yBS9DOr6tDIzZ4aUB4wW1WahRANCAAQYtjQ4fnUDarxnVTr0zAyS0eJ0VQphV5KU
    /y7XxTinLl+cTifkxk+hJNm9f3+mjaZMPpieB789W6SbgYiJGGFq
    -----END PRIVATE KEY-----

    """
  static let p384 = """
    -----BEGIN PRIVATE KEY-----
    MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDAAbcxNpfEOpCyvNNMk
    qDJ7yL5q6rhmFTQJHmtELSbn6Td7zHujA8GoxFO+DDY6JXahZANiAASsLffIcLFr
    spB7hd2Ap4ghW9vZVGJKW3GrQqQpKupLG2mbbKcSqRCSZGtS8vBPjEMcXR7zigIr
    sSuapDxcA7PgNQ4f0td3A2UmAl7eUZC8h4a2pyWEnkaDUW6ET1OWWac=
    -----END PRIVATE KEY-----

    """
  static let ed25519 = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIDQsZmf/imzcHepl5LZM03MvGNcTwcPL3urEepJ/8Hdf
    -----END PRIVATE KEY-----

    """
  static let rsa = """
    -----BEGIN PRIVATE KEY-----
    MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAK6bDr1UQv8LUMSC
    vHiKTARkzuLp4/0trBYmlr3sgOW6Akt/5dOWlWfVe/y5C0DPs/Pf8zehZFKEP5EG
    +b3Fz2dD1AMXY8w76VLznbXHFWqBN5KbKfyd1MPCl0xyBJ23tnljAd/BWsjso2lx
    B3c6yKcl5dTAQuqyF4+vTZ2qt0DnAgMBAAECgYBD6Uc4WFeefzYw2HCZqaCbbOIS
    28mzJVpzWxryT9RqhYhy+RHY1A7UTfJlf0tjL+XcCtS8ZGdyuMFIlR/5scBS0ygM
    ySaMfijLXCGcVoH3YqKGlFMpu1G0QUWG/yn3kap9mmGH9Z7q+jcMMYdDsqnGgB87
    nBREZ/g8HNygjkT94QJBAN2PF/Cse99T0sp0UbcbhOROt3lxN53ed2LCt/6R8LI4
    nw7z/hyKZY/NHn3Kty9cFsmP1wTm0Si6y2fYhQblo28CQQDJv3c4mX1EfNHDHQ2c
    GF5yNP2xFJA6cGMfULsMxvNeDTIyeoZcLFExeHIIRerURbmzB/ViBGDCnztCaIcv
    mp4JAkEAig9OtbRlhCZxpaKSAO3vA21huxUnuQIVlr8LdGBwgj3yL5ku8Y3z94Wz
    yGL3f1V9BaDSNcW29BBiC5XKXx/dlQJBAMggJ7F7gGmZr7JudXusKLP9oNIx5cgy
    iAEeYg4QpIVdbbfpFrMEOx5priRKxuD+sXDIqj8qvJkSvwPnEILGS5ECQQC/VPQq
    6oFO4FyFFgCTp1VX1XJ1weYuFruy9GisSHGMIG8pIlXZ7ZhOAfOG4gYfshDPFh00
    xZ3EXJZ/EwpvOsTa
    -----END PRIVATE KEY-----

    """
}
