/**
 * `fetch` answers from the same script: in a component it goes out through the host, too. As there, it
 * carries no credential, and an error of the host is a `TypeError` without a reason.
 *
 * @param {(request: any) => { status: number, headers: [string, string][], body: { val: any } }} send
 */
export declare function replaceFetch(send: (request: any) => {
    status: number;
    headers: [string, string][];
    body: {
        val: any;
    };
}): void;
