import type { Configuration } from './configuration.ts';
import type { Json } from './transcript.ts';

/** Something that the embedded server does otherwise than kube-apiserver, on purpose. */
export interface Difference {
  readonly why: string;
  readonly case: string;
  /** Default: all. */
  readonly configurations?: readonly Configuration['name'][];
  readonly changes: readonly Change[];
}

/** Where in the transcript, from the number of the step on; what kube-apiserver has there; what the embedded server has. */
export type Change = readonly [at: string, real: Json | undefined, embedded: Json | undefined];

export const DIFFERENCES: readonly Difference[] = [
  {
    why: "Only Go's decoder tells where a token ceases to be one.",
    case: 'A5 a token that is none is refused',
    changes: [
      [
        '0.body.message',
        'invalid continue token: continue key is not valid: illegal base64 data at input byte 0',
        'invalid continue token: continue key is not valid',
      ],
      [
        '1.body.message',
        'invalid continue token: continue key is not valid: server does not recognize this encoded version ',
        'invalid continue token: continue key is not valid',
      ],
    ],
  },
  {
    why: "A selector that cannot be read is quoted as a whole; the server's own parser tells what it expected where.",
    case: 'C12 a label selector that cannot be read is refused',
    changes: [
      [
        '0.body.message',
        "unable to parse requirement: found '(', expected: identifier",
        "unable to parse requirement: found 'app=('",
      ],
      [
        '1.body.message',
        "unable to parse requirement: found 'web' expected: '('",
        "unable to parse requirement: found 'app in web'",
      ],
      [
        '2.body.message',
        "found '=', expected: !, identifier, or 'end of string'",
        "unable to parse requirement: found '=web'",
      ],
      [
        '3.body.message',
        "unable to parse requirement: found '=', expected: identifier",
        "unable to parse requirement: found 'app===web'",
      ],
      [
        '4.body.message',
        "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        "unable to parse requirement: found 'a b'",
      ],
      [
        '7.body.message',
        "unable to parse requirement: found 'web' expected: '('",
        "unable to parse requirement: found 'app in web'",
      ],
    ],
  },
  {
    why: 'Kinds have no fields of their own here, so nothing empty is left out.',
    case: 'what the server sets is not taken from who creates',
    changes: [['0.body.data', undefined, {}]],
  },
  {
    why: 'Only metadata is validated, not what a kind says of its fields.',
    case: 'labels and data that are none are a 422',
    changes: [
      [
        '2.body',
        {
          failure: '422 Invalid',
          message:
            "ConfigMap \"a\" is invalid: data[no key]: Invalid value: \"no key\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
          details: {
            name: 'a',
            kind: 'ConfigMap',
            causes: [
              {
                reason: 'FieldValueInvalid',
                message:
                  "Invalid value: \"no key\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
                field: 'data[no key]',
              },
            ],
          },
        },
        { kind: 'ConfigMap', apiVersion: 'v1', metadata: { is: '{ns}/a uid#1 rv#1 <time>' }, data: { 'no key': 'x' } },
      ],
      ['2.status', 422, 201],
    ],
  },
  {
    why: 'Refused for what it is, where the server stumbles over the fields of the other kind.',
    case: 'a merge patch does not change who an object is',
    changes: [
      [
        '3.body.details.causes.0.message',
        'Invalid value: "{…}": illegal base64 data at input byte 4',
        'Invalid value: "{…}": it changes what the object is',
      ],
      ['3.body.details.kind', undefined, 'ConfigMap'],
      ['3.body.details.name', undefined, 'a'],
      [
        '3.body.message',
        ' "" is invalid: patch: Invalid value: "{…}": illegal base64 data at input byte 4',
        'ConfigMap "a" is invalid: patch: Invalid value: "{…}": it changes what the object is',
      ],
    ],
  },
  {
    why: "Only metadata is validated, and the words are not those of Go's decoder.",
    case: 'a patch that is none is refused',
    changes: [
      [
        '2.body.message',
        'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
        'error decoding patch: it is not an object',
      ],
      [
        '3.body.message',
        'error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}',
        'error decoding patch: it is not an object',
      ],
      [
        '4.body',
        {
          failure: '422 Invalid',
          message:
            ' "" is invalid: patch: Invalid value: "{…}": json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
          details: {
            causes: [
              {
                reason: 'FieldValueInvalid',
                message:
                  'Invalid value: "{…}": json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
                field: 'patch',
              },
            ],
          },
        },
        { kind: 'ConfigMap', apiVersion: 'v1', metadata: { is: '{ns}/a uid#1 rv#2 <time>' }, data: 'text' },
      ],
      ['4.status', 422, 200],
    ],
  },
  {
    why: 'JSON patches are out of the model.',
    case: 'a patch of an unknown type is a 415',
    changes: [
      [
        '3.body',
        { kind: 'ConfigMap', apiVersion: 'v1', metadata: { is: '{ns}/a uid#1 rv#1 <time>' }, data: { value: 'first' } },
        {
          failure: '415 UnsupportedMediaType',
          message:
            'the body of the request was in an unknown format - accepted media types include: application/merge-patch+json',
        },
      ],
      ['3.status', 200, 415],
    ],
  },
  {
    why: "The words are not those of Go's decoder.",
    case: 'a body that cannot be read is a 400',
    changes: [
      [
        '0.body.message',
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"metadata":)',
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error",
      ],
      [
        '1.body.message',
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error",
      ],
      [
        '2.body.message',
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)',
        'the object provided is unrecognized (must be of type ConfigMap)',
      ],
    ],
  },
  {
    why: 'Only JSON is understood.',
    case: 'a body of another type is a 415',
    changes: [
      [
        '0.body.message',
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
        'the body of the request was in an unknown format - accepted media types include: application/json',
      ],
    ],
  },
  {
    why: 'The words do not name the types and files of a Go program.',
    case: 'a body of another kind is a 400',
    changes: [
      [
        '0.body.message',
        'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
        'Secret in version "v1" cannot be handled as a ConfigMap: no kind "Secret" is registered for version "v1"',
      ],
      [
        '1.body.message',
        'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
        'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2"',
      ],
      [
        '2.body.message',
        'Gadget in version "v1" cannot be handled as a ConfigMap: no kind "Gadget" is registered for version "example.com/v1" in scheme "pkg/runtime/scheme.go:111"',
        'Gadget in version "v1" cannot be handled as a ConfigMap: no kind "Gadget" is registered for version "example.com/v1"',
      ],
    ],
  },
  {
    why: 'Kinds have no fields of their own here: what is not known is kept, without a warning.',
    case: 'a field that the kind does not have is dropped',
    changes: [
      ['0.body.data', undefined, {}],
      ['0.body.other', undefined, 'x'],
      [
        '0.headers',
        {
          'content-type': 'application/json',
          'cache-control': 'no-cache, private',
          warning: '299 - "unknown field \\"other\\""',
        },
        undefined,
      ],
    ],
  },
  {
    why: "The words are not those of Go's decoder, nor name the files of a Go program.",
    case: 'delete options that cannot be read are refused',
    changes: [
      [
        '1.body.message',
        "couldn't get version/kind; json parse error: unexpected end of JSON input",
        "couldn't get version/kind; json parse error",
      ],
      [
        '2.body.message',
        'no kind "ConfigMap" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
        'no kind "ConfigMap" is registered for version "v1"',
      ],
    ],
  },
  {
    why: "Schemas are not read, so there are no warnings, and the words are not those of Go's decoder.",
    case: 'a custom resource of another kind or version is a 400',
    changes: [
      [
        '1.headers',
        {
          'content-type': 'application/json',
          'cache-control': 'no-cache, private',
          warning: '299 - "unknown field \\"spec\\""',
        },
        undefined,
      ],
      [
        '2.body.message',
        'the object provided is unrecognized (must be of type Gadget): Object \'Kind\' is missing in \'{"metadata":{"name":"a"}}\' ({"metadata":{"name":"a"}})',
        "the object provided is unrecognized (must be of type Gadget): Object 'Kind' is missing",
      ],
    ],
  },
  {
    why: 'The history of a resource that is removed goes with it, where etcd keeps it until a compaction.',
    case: 'C10 a resource that is removed ends its watches, and is a 404 in text',
    configurations: ['watch-cache-off'],
    changes: [
      ['9.end', 'open', 'closed'],
      [
        '9.frames',
        [
          {
            type: 'DELETED',
            keys: 'type, object: apiVersion, kind, metadata',
            object: {
              apiVersion: '{ns}.example.com/v1',
              kind: 'Passing',
              metadata: { is: '{ns}/a uid#1 rv#3 <time>', generation: 1 },
            },
          },
          {
            type: 'DELETED',
            keys: 'type, object: apiVersion, kind, metadata',
            object: {
              apiVersion: '{ns}.example.com/v1',
              kind: 'Passing',
              metadata: { is: '{ns}/b uid#2 rv#4 <time>', generation: 1 },
            },
          },
          {
            type: 'ADDED',
            keys: 'type, object: apiVersion, kind, metadata',
            object: {
              apiVersion: '{ns}.example.com/v1',
              kind: 'Passing',
              metadata: { is: '{ns}/a uid#3 rv#5 <time>', generation: 1 },
            },
          },
        ],
        [
          {
            type: 'ERROR',
            keys: 'type, object: kind, apiVersion, metadata, status, message, reason, code',
            object: { failure: '410 Expired', message: 'The resourceVersion for the provided watch is too old.' },
          },
          '(a frame was waited for)',
        ],
      ],
    ],
  },
  {
    why: 'The words do not name the types of a Go program; a watch as a list means nothing, and is refused as in any other request.',
    case: 'C13 metadata of an object where a list is, and the other way round, is a 406',
    changes: [
      [
        '1.body.message',
        'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      ],
      [
        '2.body.message',
        'you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)',
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      ],
      [
        '3.body',
        undefined,
        {
          failure: '406 NotAcceptable',
          message:
            'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
        },
      ],
      ['3.end', 'closed', undefined],
      ['3.frames', [], undefined],
      ['3.status', 200, 406],
    ],
  },
  {
    why: 'Watches in other formats are out of the model, and not offered.',
    case: 'C13 of several formats the first that is known is taken',
    changes: [
      [
        '4.body.message',
        '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
        '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      ],
    ],
  },
  {
    why: 'Watches in other formats are out of the model, and not offered.',
    case: 'C13 a format that is not known is a 406',
    changes: [
      [
        '0.body.message',
        '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
        '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      ],
    ],
  },
];
