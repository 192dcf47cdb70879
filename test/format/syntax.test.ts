/** What Envoy 1.40 says of each of these as the format of an access log; null: it takes it. Asked of the real one. */
import t from 'tap';
import { todaysFormat } from '../../src/config/format-syntax/header-value.ts';
import { checkedParts } from '../../src/config/format-syntax/operators.ts';

const FORMATS: readonly (readonly [format: string, sentence: string | null])[] = [
  ['%', "Incorrect configuration: %. Couldn't find valid command at position 0"],
  ['a%', "Incorrect configuration: a%. Couldn't find valid command at position 1"],
  ['100%%', null],
  ['%%%', "Incorrect configuration: %%%. Couldn't find valid command at position 2"],
  ['%PROTOCOL', "Incorrect configuration: %PROTOCOL. Couldn't find valid command at position 0"],
  ['%PROTOCOL%%', "Incorrect configuration: %PROTOCOL%%. Couldn't find valid command at position 10"],
  ['%protocol%', "Incorrect configuration: %protocol%. Couldn't find valid command at position 0"],
  ['%REQ(%', "Incorrect configuration: %REQ(%. Couldn't find valid command at position 0"],
  ['%REQ()%', 'REQ requires parameters'],
  ['%REQ(A?B?C)%', 'More than 1 alternative header specified in token: A?B?C'],
  ['%REQ(A B)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%REQ(A):x%', "Incorrect configuration: %REQ(A):x%. Couldn't find valid command at position 0"],
  ['%REQ(A):-1%', "Incorrect configuration: %REQ(A):-1%. Couldn't find valid command at position 0"],
  ['%REQ(A):99999999999%', null],
  ['%REQ(A)x%', "Incorrect configuration: %REQ(A)x%. Couldn't find valid command at position 0"],
  ['%DURATION(%', "Incorrect configuration: %DURATION(%. Couldn't find valid command at position 0"],
  ['%START_TIME()%', null],
  ['%START_TIME(%E3S%)%', null],
  ['%START_TIME(%3%)%', null],
  ['%START_TIME(%q)%', null],
  ['%FOO(bar):3%', 'Not supported field in StreamInfo: FOO'],
  ['% %', "Incorrect configuration: % %. Couldn't find valid command at position 0"],
  ['%REQ(a)(b)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%REQ(A):3:4%', "Incorrect configuration: %REQ(A):3:4%. Couldn't find valid command at position 0"],
  ['%DURATION %', "Incorrect configuration: %DURATION %. Couldn't find valid command at position 0"],
  ['é%REQ(X)%', null],
  ['%DYNAMIC_METADATA(a:b:c):5%', null],
  ['%REQ(:path)%', null],
  ['%REQ(?B)%', null],
  ['%REQ(A?)%', null],
  ['%COMMON_DURATION(A:B:ms)%', null],
  ['%COMMON_DURATION(DS_RX_BEG:DS_TX_END)%', null],
  ['%COMMON_DURATION(DS_RX_BEG:DS_TX_END:h)%', 'Invalid common duration precision: h.'],
  ['%ENVIRONMENT()%', 'ENVIRONMENT requires parameters'],
  ['%METADATA(FOO:a)%', 'FOO is not supported type of metadata'],
  ['%FILTER_STATE(a:FOO)%', 'Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.'],
  ['%PATH(NQ:X)%', "Invalid PATH option: 'X', only 'ORIG'/'PATH'/'ORIG_OR_PATH' are allowed"],
  ['%QUERY_PARAM()%', 'QUERY_PARAM requires parameters'],
  ['%START_TIME(%n)%', 'Invalid header configuration. Format string contains newline.'],
  ['%UPSTREAM_PEER_CERT_V_START%', null],
  ['%FILTER_STATE(a)%', null],
  ['%FILTER_STATE(a:FIELD)%', 'Invalid filter state serialize type, FIELD should be used with the field name.'],
  ['%FILTER_STATE(a:FIELD:b)%', null],
  ['%FILTER_STATE(a:PLAIN):3%', null],
  ['%COALESCE({})%', "COALESCE: JSON configuration must contain 'operators' array"],
  ['%COALESCE({"operators":["FOO"]})%', "COALESCE: failed to parse operator at index 0: unknown command: 'FOO'"],
  ['%COALESCE({"operators":[]})%', "COALESCE: 'operators' array must not be empty"],
  ['%COALESCE({"operators":[{"command":"REQ","param":"x","max_length":3},"PROTOCOL"]})%', null],
  ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(abc)%', null],
  ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(99)%', null],
  ['%TRACE_ID(x)%', 'TRACE_ID does not take any parameters or length'],
  [
    '%REQUESTED_SERVER_NAME(HOST)%',
    "Invalid REQUESTED_SERVER_NAME option: 'HOST', only 'SNI_ONLY'/'SNI_FIRST'/'HOST_FIRST' are allowed",
  ],
  [
    '%REQUESTED_SERVER_NAME(FOO)%',
    "Invalid REQUESTED_SERVER_NAME option: 'FOO', only 'SNI_ONLY'/'SNI_FIRST'/'HOST_FIRST' are allowed",
  ],
  ['%GRPC_STATUS(FOO)%', 'GrpcStatusFormatter only supports CAMEL_STRING, SNAKE_STRING or NUMBER. Got: FOO'],
  ['%COMMON_DURATION(DS_RX_BEG)%', 'Invalid common duration configuration: DS_RX_BEG.'],
  ['%QUERY_PARAMS(FOO)%', "Invalid QUERY_PARAMS option: 'FOO', only 'ORIG'/'DECODED' are allowed"],
  ['%REQ(a:b)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%DYNAMIC_METADATA()%', 'DYNAMIC_METADATA requires parameters'],
  ['%CLUSTER_METADATA(a:b):3%', 'CLUSTER_METADATA does not allow length to be specified.'],
  ['%METADATA(LISTENER:a)%', null],
  ['%METADATA(VIRTUAL_HOST:a:b):3%', null],
  ['%METADATA(LISTENER_FILTER_CHAIN:a)%', null],
  ['%REQ_WITHOUT_QUERY(X)%', 'Not supported field in StreamInfo: REQ_WITHOUT_QUERY'],
  ['%START_TIME(%E9n)%', null],
  ['%RESPONSE_CODE_DETAILS(FOO)%', null],
  ['%UNIQUE_ID()%', null],
  ['%PROTOCOL()%', null],
  ['%PROTOCOL:3%', 'PROTOCOL does not take any parameters or length'],
  ['%REQ(a )%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%REQ( a)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%REQ(a\\nb)%', 'Invalid header configuration. Format string contains invalid characters.'],
  ['%PATH():3%', null],
  ['%PATH(:ORIG)%', null],
  ['%REQ(A%B)%', null],
];

const said = (format: string): string | null => {
  try {
    checkedParts(format);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};

t.test('a format is refused for what Envoy refuses it for, in its words', (t) => {
  for (const [format, sentence] of FORMATS) t.equal(said(format), sentence, format);
  t.end();
});

t.test('a format falls into its texts and commands', (t) => {
  t.same(checkedParts('a%%b %REQ(x?y):3%%PROTOCOL%'), [
    'a%b ',
    { name: 'REQ', argument: 'x?y', length: 3 },
    { name: 'PROTOCOL', argument: '', length: -1 },
  ]);
  t.same(checkedParts('é'), ['\xc3\xa9'], 'as it stands in the file');
  t.end();
});

t.test('commands that only headers had become those of today', (t) => {
  t.equal(
    todaysFormat('%DYNAMIC_METADATA(["a", "b"])% %UPSTREAM_METADATA(["c"])%'),
    '%DYNAMIC_METADATA(a:b)% %UPSTREAM_METADATA(c)%',
  );
  t.equal(todaysFormat('%PER_REQUEST_STATE(a.b)%'), '%FILTER_STATE(a.b:PLAIN)%');
  t.equal(todaysFormat('%DYNAMIC_METADATA([1])%'), '%DYNAMIC_METADATA([1])%', 'not a list of words');
  t.end();
});
