use std::net::IpAddr;

use ipnet::IpNet;

use crate::address::{AddressClass, Verdict, judge};

#[test]
fn every_address_has_the_class_of_the_table() {
    let mut rows = 0;
    for line in include_str!("addresses.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let (address, class) = line.split_once(' ').unwrap();
        let found = AddressClass::of(address.parse().unwrap());
        assert_eq!(found.to_string(), class.trim(), "{address}");
        rows += 1;
    }
    assert!(rows > 50, "the table was read");
}

#[test]
fn what_the_operator_allows_is_allowed_and_nothing_beside_it() {
    let allow: Vec<IpNet> = vec![
        "127.0.0.0/8".parse().unwrap(),
        "fd00:1::/32".parse().unwrap(),
    ];
    let verdict = |address: &str| judge(address.parse::<IpAddr>().unwrap(), &allow);
    assert_eq!(verdict("127.0.0.1"), Verdict::Allowed);
    assert_eq!(verdict("fd00:1::5"), Verdict::Allowed);
    assert_eq!(verdict("1.1.1.1"), Verdict::Public);
    assert_eq!(verdict("10.0.0.1"), Verdict::Refused(AddressClass::Private));
    assert_eq!(
        verdict("fd00:2::5"),
        Verdict::Refused(AddressClass::Private)
    );
    assert_eq!(
        verdict("::ffff:127.0.0.1"),
        Verdict::Refused(AddressClass::Embedding)
    );
}
