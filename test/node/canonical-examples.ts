/** Texts and what Python 3.11 prints with `json.dumps(json.loads(text), separators=(",", ":"), sort_keys=True)`. */
export const CANONICAL: readonly { name: string; text: string; canonical: string }[] = [
  {
    name: 'has no white space',
    text: ' {\r\n\t"a" : [ 1 , true , false , null ] , "b" : { } , "c" : [ ] } ',
    canonical: '{"a":[1,true,false,null],"b":{},"c":[]}',
  },
  {
    name: 'keeps white space in strings',
    text: '{"a b": " c : d , "}',
    canonical: '{"a b":" c : d , "}',
  },
  {
    name: 'sorts keys at every depth, and leaves arrays as they are',
    text: '{"b":[{"d":1,"c":2},3],"a":{"f":1,"e":{"h":1,"g":2}}}',
    canonical: '{"a":{"e":{"g":2,"h":1},"f":1},"b":[{"c":2,"d":1},3]}',
  },
  {
    name: 'sorts a key before a longer one that begins with it',
    text: String.raw`{"ab":1,"a\u0000":2,"a":3,"":4}`,
    canonical: String.raw`{"":4,"a":3,"a\u0000":2,"ab":1}`,
  },
  {
    name: 'sorts keys that look like integers as text',
    text: '{"b":1,"2":2,"10":3,"1":4,"01":5,"-1":6}',
    canonical: '{"-1":6,"01":5,"1":4,"10":3,"2":2,"b":1}',
  },
  {
    name: 'sorts keys by code point, an emoji after U+FF01',
    text: '{"😀":1,"！":2,"é":3,"z":4}',
    canonical: String.raw`{"z":4,"\u00e9":3,"\uff01":2,"\ud83d\ude00":1}`,
  },
  {
    name: 'sorts a surrogate without its pair before U+E000, and a pair after it',
    text: String.raw`{"\ud83d\ude00":1,"\ud83d":2,"\ud83dx":3,"\ue000":4,"\ude00":5,"\ud83d\ude01":6,"\ud83d\ue000":7}`,
    canonical: String.raw`{"\ud83d":2,"\ud83dx":3,"\ud83d\ue000":7,"\ude00":5,"\ue000":4,"\ud83d\ude00":1,"\ud83d\ude01":6}`,
  },
  {
    name: 'sorts by the whole pair where only its second half differs',
    text: String.raw`{"\ud83d\ude00":1,"\ud83d\ue000":2}`,
    canonical: String.raw`{"\ud83d\ue000":2,"\ud83d\ude00":1}`,
  },
  {
    name: 'has the last of several members with the same key',
    text: String.raw`{"a":1,"b":2,"a":3,"\u0061":4}`,
    canonical: '{"a":4,"b":2}',
  },
  {
    name: 'treats __proto__ as any other key',
    text: '{"a":1,"__proto__":{"b":2},"constructor":null}',
    canonical: '{"__proto__":{"b":2},"a":1,"constructor":null}',
  },
  {
    name: 'escapes every character beyond ASCII, in lower case',
    text: '"Grüße, 東京, 😀, \u2028, \u007f"',
    canonical: String.raw`"Gr\u00fc\u00dfe, \u6771\u4eac, \ud83d\ude00, \u2028, \u007f"`,
  },
  {
    name: 'has no other escapes than Python',
    text: String.raw`"\/ \" \\ \b \f \n \r \t \u0000 \u001F \u0041 \u00FC \uD83D\uDE00 \uDead"`,
    canonical: String.raw`"/ \" \\ \b \f \n \r \t \u0000 \u001f A \u00fc \ud83d\ude00 \udead"`,
  },
  {
    name: 'leaves numbers and tags in strings alone',
    text: String.raw`["1E5","n1","s1","\"1.0\"",{"n1":"-0"},"\\"]`,
    canonical: String.raw`["1E5","n1","s1","\"1.0\"",{"n1":"-0"},"\\"]`,
  },
  {
    name: 'keeps integers of any size',
    text: '[0,-1,9007199254740993,123456789012345678901234567890]',
    canonical: '[0,-1,9007199254740993,123456789012345678901234567890]',
  },
  {
    name: 'keeps the numbers that Python prints',
    text: '[1.0,-0.0,0.1,1e-07,1.5e-07,1e+16,1.7976931348623157e+308,5e-324,1000000000000000.0,0.0001]',
    canonical:
      '[1.0,-0.0,0.1,1e-07,1.5e-07,1e+16,1.7976931348623157e+308,5e-324,1000000000000000.0,0.0001]',
  },
  {
    name: 'prints the numbers of other senders as Python does',
    text: '[-0,1E5,1e5,1.50,0.00001,1e-7,1e16,1e21,10000000000000000.0,1e-400,1e400,-1e400,1e+100]',
    canonical:
      '[0,100000.0,100000.0,1.5,1e-05,1e-07,1e+16,1e+21,1e+16,0.0,Infinity,-Infinity,1e+100]',
  },
  { name: 'can be a string', text: ' "a" ', canonical: '"a"' },
  { name: 'can be a number', text: ' 1.0 ', canonical: '1.0' },
  { name: 'can be a constant', text: ' null ', canonical: 'null' },
];
