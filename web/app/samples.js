// Texts to try, each as its writer writes it. In the lab they name the lab's hosts.

const target = (lab) =>
  lab ? ["silent.test", "mx.silent.test", "192.0.2.20"] : ["example.com", "mx1.example.com", "192.0.2.20"];

// An hour ago, so that what the sample promises lies ahead.
const moment = () => new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+Z$/, "+00:00");

/** @type {[name: string, text: (lab: boolean) => string][]} */
export const SAMPLES = [
  [
    "Exchange",
    (lab) => {
      const [domain, , address] = target(lab);
      return `Remote server returned '441 4.4.1 Error encountered while communicating with primary target IP address: "Failed to connect. Winsock error code: 10060, Win32 error code: 10060." Attempted failover to alternate host, but that did not succeed. Either there are no alternate hosts, or delivery failed to all alternate hosts. The last endpoint attempted was ${address}:25'\nTo: owner@${domain}`;
    },
  ],
  [
    "Postfix",
    (lab) => {
      const [domain, host, address] = target(lab);
      return `${moment()} mail postfix/smtp[21877]: 4XyzAB1cdEz9: to=<owner@${domain}>, relay=none, delay=1843, delays=1813/0.02/30/0, dsn=4.4.1, status=deferred (connect to ${host}[${address}]:25: Connection timed out)`;
    },
  ],
  [
    "Gmail",
    (lab) => {
      const [domain, host] = target(lab);
      return `The recipient server did not accept our requests to connect. Learn more at https://support.google.com/mail/answer/7720\n[${host} 192.0.2.20: timed out]\nFinal-Recipient: rfc822; owner@${domain}\nAction: delayed\nStatus: 4.4.1`;
    },
  ],
];
