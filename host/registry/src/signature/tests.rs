#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_model::Digest;

use super::*;
use crate::artifact::{Blob, MANIFEST_MEDIA_TYPE};

const PAYLOAD: &[u8] = include_bytes!("vectors/payload.json");
const PLACE: &str = "registry.example.com/acme/shop";

/// A private key, its public one, and its signature of [`PAYLOAD`].
const VECTORS: [(Algorithm, &[u8], &[u8], &str); 2] = [
    (
        Algorithm::Ed25519,
        include_bytes!("vectors/ed.key"),
        include_bytes!("vectors/ed.pub"),
        include_str!("vectors/ed.sig"),
    ),
    (
        Algorithm::P256,
        include_bytes!("vectors/ec.key"),
        include_bytes!("vectors/ec.pub"),
        include_str!("vectors/ec.sig"),
    ),
];

fn random() -> SystemRandom {
    SystemRandom::new()
}

fn subject() -> Subject {
    Subject {
        digest: Digest::of(b"hello"),
        reference: PLACE.to_owned(),
    }
}

fn vector(index: usize) -> (PublicKey, Signed) {
    let (_, _, public, signature) = VECTORS[index];
    let signed = Signed {
        payload: PAYLOAD.to_vec(),
        signature: STANDARD.decode(signature).unwrap(),
    };
    (PublicKey::from_pem(public).unwrap(), signed)
}

#[test]
fn signatures_that_openssl_made_count() {
    for (index, (algorithm, private, public, _)) in VECTORS.into_iter().enumerate() {
        let (key, signed) = vector(index);
        let verified = verify(&subject(), &[signed], std::slice::from_ref(&key)).unwrap();
        assert_eq!(verified.len(), 1);
        assert_eq!(verified[0].algorithm, algorithm);
        assert_eq!(verified[0].key, key.id());
        assert_eq!(verified[0].reference, PLACE);

        let signing = SigningKey::from_pem(private, &random()).unwrap();
        assert_eq!(signing.public(), key);
        assert_eq!(signing.to_pem().as_bytes(), private);
        assert_eq!(key.to_pem().as_bytes(), public);
    }
}

#[test]
fn ed25519_signs_byte_for_byte_as_openssl_does() {
    let signing = SigningKey::from_pem(VECTORS[0].1, &random()).unwrap();
    let signed = subject().sign(&signing, &random()).unwrap();
    assert_eq!(signed.payload, PAYLOAD);
    assert_eq!(STANDARD.encode(signed.signature), VECTORS[0].3);
}

#[test]
fn the_name_of_a_key_is_the_digest_of_what_openssl_writes_as_der() {
    let (key, _) = vector(1);
    let der = key.to_pem();
    let body: String = der.lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(key.id(), Digest::of(&STANDARD.decode(body).unwrap()));
}

#[test]
fn keys_that_are_made_here_sign_and_are_read_again() {
    for algorithm in [Algorithm::Ed25519, Algorithm::P256] {
        let made = SigningKey::generate(algorithm, &random()).unwrap();
        let read = SigningKey::from_pem(made.to_pem().as_bytes(), &random()).unwrap();
        let public = PublicKey::from_pem(made.public().to_pem().as_bytes()).unwrap();
        assert_eq!(
            (read.public(), public.algorithm()),
            (public.clone(), algorithm)
        );
        let signature = read.sign(b"message", &random()).unwrap();
        assert!(public.has_signed(b"message", &signature));
        assert!(!public.has_signed(b"massage", &signature));
    }
}

#[test]
fn one_signature_of_several_is_enough_and_strangers_do_not_count() {
    let ((ed, ed_signed), (ec, ec_signed)) = (vector(0), vector(1));
    let both = [ed_signed.clone(), ec_signed.clone()];
    assert_eq!(
        verify(&subject(), &both, &[ed.clone(), ec.clone()])
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        verify(&subject(), &both, std::slice::from_ref(&ec))
            .unwrap()
            .len(),
        1
    );
    let error = verify(&subject(), &[ed_signed], std::slice::from_ref(&ec)).unwrap_err();
    assert!(matches!(&error, SignatureError::OtherKey { keys, .. } if *keys == [ec.id()]));
    assert!(error.to_string().contains("--key"), "{error}");
}

#[test]
fn a_signature_of_another_artifact_is_no_signature_of_this_one() {
    let (key, signed) = vector(0);
    let keys = [key];
    let other = Subject {
        digest: Digest::of(b"other"),
        ..subject()
    };
    let error = verify(&other, std::slice::from_ref(&signed), &keys).unwrap_err();
    assert!(
        matches!(error, SignatureError::OtherArtifact { .. }),
        "{error}"
    );

    let other = Subject {
        reference: "registry.example.com/acme/bank".to_owned(),
        ..subject()
    };
    let error = verify(&other, std::slice::from_ref(&signed), &keys).unwrap_err();
    assert!(
        matches!(error, SignatureError::OtherReference { .. }),
        "{error}"
    );

    let copy = Subject {
        reference: "127.0.0.1:5000/acme/shop".to_owned(),
        ..subject()
    };
    assert!(verify(&copy, &[signed], &keys).is_ok());
}

#[test]
fn what_was_changed_does_not_count() {
    let (key, good) = vector(1);
    let mut payload = good.clone();
    payload.payload[20] ^= 1;
    let mut signature = good.clone();
    signature.signature[20] ^= 1;
    let mut short = good.clone();
    short.signature.truncate(10);
    for bad in [payload, signature, short] {
        let error = verify(&subject(), &[bad], std::slice::from_ref(&key)).unwrap_err();
        assert!(matches!(error, SignatureError::OtherKey { .. }), "{error}");
    }
    let error = verify(&subject(), &[], std::slice::from_ref(&key)).unwrap_err();
    assert!(matches!(error, SignatureError::Unsigned(_)));
    assert_eq!(
        verify(&subject(), &[good], &[]),
        Err(SignatureError::NoKeys)
    );
}

#[test]
fn a_payload_that_says_something_else_is_damaged_whoever_signed_it() {
    let signing = SigningKey::generate(Algorithm::Ed25519, &random()).unwrap();
    let good = String::from_utf8(PAYLOAD.to_vec()).unwrap();
    for (payload, why) in [
        ("{}".to_owned(), "critical"),
        (good.replace("container image", "blob"), "kind"),
        (
            good.replace("sha256:2c", "md5:2c"),
            "docker-manifest-digest",
        ),
        (
            good.replace("\"optional\":null", "\"critical\":null"),
            "duplicate",
        ),
        (" ".repeat(PAYLOAD_MAX_BYTES + 1), "bytes"),
    ] {
        let signature = signing.sign(payload.as_bytes(), &random()).unwrap();
        let payload = payload.into_bytes();
        let signed = Signed { payload, signature };
        let error = verify(&subject(), &[signed], &[signing.public()]).unwrap_err();
        let is_damaged = matches!(error, SignatureError::Damaged(_) | SignatureError::TooLarge);
        assert!(is_damaged && error.to_string().contains(why), "{error}");
    }
}

#[test]
fn keys_of_other_kinds_are_refused_with_what_to_do() {
    let public: [(&[u8], KeyError); 4] = [
        (include_bytes!("vectors/rsa.pub"), KeyError::Unsupported),
        (VECTORS[0].1, KeyError::PrivateGiven),
        (b"", KeyError::NoPublicKey),
        (
            b"-----BEGIN PUBLIC KEY-----\n!!\n-----END PUBLIC KEY-----\n",
            KeyError::NoPublicKey,
        ),
    ];
    for (pem, wanted) in public {
        assert_eq!(PublicKey::from_pem(pem).unwrap_err(), wanted);
    }
    let cosign = b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n";
    let private: [(&[u8], KeyError); 6] = [
        (include_bytes!("vectors/rsa.key"), KeyError::Unsupported),
        (include_bytes!("vectors/ec.sec1"), KeyError::OlderForm),
        (include_bytes!("vectors/ec.enc"), KeyError::Encrypted),
        (cosign, KeyError::Encrypted),
        (VECTORS[0].2, KeyError::PublicGiven),
        (b"nothing", KeyError::NoPrivateKey),
    ];
    for (pem, wanted) in private {
        assert_eq!(SigningKey::from_pem(pem, &random()).unwrap_err(), wanted);
    }
}

#[test]
fn an_envelope_gives_back_what_was_put_into_it() {
    let ((_, ed), (_, ec)) = (vector(0), vector(1));
    let subject = Blob::of(MANIFEST_MEDIA_TYPE, b"hello");
    let envelope = Envelope::new(&subject, &[ed.clone(), ec.clone()]).unwrap();
    // Both sign the same payload, so it is kept once.
    assert_eq!(envelope.blobs.len(), 2);
    let read = Envelope::read(&envelope.manifest).unwrap();
    let payload = Blob::of(PAYLOAD_MEDIA_TYPE, PAYLOAD);
    assert_eq!(
        read,
        [(payload.clone(), ed.signature), (payload, ec.signature)]
    );
    assert_eq!(Digest::of(&envelope.manifest), envelope.digest);
    assert_eq!(
        tag_of(&subject.digest),
        "sha256-2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824.sig"
    );
    let many = vec![vector(0).1; SIGNATURES_MAX + 1];
    assert_eq!(Envelope::new(&subject, &many), Err(SignatureError::TooMany));
}

#[test]
fn an_envelope_that_is_none_is_damaged() {
    let (_, ed) = vector(0);
    let subject = Blob::of(MANIFEST_MEDIA_TYPE, b"hello");
    let good = Envelope::new(&subject, &[ed]).unwrap().manifest;
    let good = String::from_utf8(good).unwrap();
    for bad in [
        "{}".to_owned(),
        good.replace(ANNOTATION, "other"),
        good.replace(VECTORS[0].3, "!!"),
    ] {
        let error = Envelope::read(bad.as_bytes()).unwrap_err();
        assert!(matches!(error, SignatureError::Damaged(_)), "{error}");
    }
    let large = good.replace("\"size\":246", "\"size\":100000");
    assert_eq!(
        Envelope::read(large.as_bytes()),
        Err(SignatureError::TooLarge)
    );
}

#[test]
fn the_bytes_of_a_file_are_signed_as_they_are() {
    for (_, private, public, signature) in VECTORS {
        let keys = [PublicKey::from_pem(public).unwrap()];
        assert!(verify_bytes(PAYLOAD, signature.as_bytes(), &keys).is_ok());
        let signing = SigningKey::from_pem(private, &random()).unwrap();
        let line = sign_bytes(b"bytes", &signing, &random()).unwrap();
        assert!(verify_bytes(b"bytes", line.as_bytes(), &keys).is_ok());
        let error = verify_bytes(b"others", line.as_bytes(), &keys).unwrap_err();
        assert!(matches!(error, SignatureError::OtherKey { .. }));
    }
}
