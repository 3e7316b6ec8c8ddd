using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Tests.Ptx.Syntax;

/// <summary>Modules, variables and headers of functions, right and wrong.</summary>
[TestFixture]
public class ModuleParserTests
{
    private const string Header = ".version 7.1\n.target sm_80\n.address_size 64\n";
    private const string Kernel = ".entry k()\n{\nret;\n}\n";

    [TestCase(".target sm_80\n.address_size 64\n" + Kernel, 1, 1, "module: a module begins with .version", TestName = "Refused: no version")]
    [TestCase(".version 7.1\n.address_size 64\n" + Kernel, 2, 1, "module: .target must follow .version", TestName = "Refused: no target")]
    [TestCase(".version 7.1\n.target sm_80\n" + Kernel, 3, 1, "module: .address_size 64 must follow .target; without it addresses would have 32 bits, which is not supported", TestName = "Refused: no size")]
    [TestCase(".target sm_80\n.version 7.1\n.address_size 64\n" + Kernel, 1, 1, "module: a module begins with .version", TestName = "Refused: order")]
    [TestCase(Header + ".version 7.1\n" + Kernel, 4, 1, "module: .version stands once, at the head of the module, in the order .version, .target, .address_size", TestName = "Refused: version twice")]
    [TestCase(".version 99.9\n.target sm_80\n.address_size 64\n" + Kernel, 1, 10, "module: .version 99.9 is not known; 4.0 to 9.1 are", TestName = "Refused: version 99")]
    [TestCase(".version 7\n.target sm_80\n.address_size 64\n" + Kernel, 1, 10, "syntax: a version such as 7.1 expected, found '7'", TestName = "Refused: version int")]
    [TestCase(".version 7.0\n.target sm_86\n.address_size 64\n" + Kernel, 2, 9, "version: sm_86 needs .version 7.1 or later", TestName = "Refused: version low for sm86")]
    [TestCase(".version 7.7\n.target sm_90\n.address_size 64\n" + Kernel, 2, 9, "version: sm_90 needs .version 7.8 or later", TestName = "Refused: version low for sm90")]
    [TestCase(".version 7.1\n.target sm_81\n.address_size 64\n" + Kernel, 2, 9, "module: unknown target 'sm_81'", TestName = "Refused: target unknown")]
    [TestCase(".version 7.1\n.target compute_80\n.address_size 64\n" + Kernel, 2, 9, "module: unknown target 'compute_80'", TestName = "Refused: target compute")]
    [TestCase(".version 7.1\n.target sm_80, sm_86\n.address_size 64\n" + Kernel, 2, 16, "module: a module has one sm target", TestName = "Refused: two targets")]
    [TestCase(".version 7.1\n.target sm_80\n.address_size 32\n" + Kernel, 3, 15, "unsupported: .address_size 32 is not supported", TestName = "Refused: size 32")]
    [TestCase(".version 7.1\n.target sm_80\n.address_size 48\n" + Kernel, 3, 15, "module: .address_size is 64", TestName = "Refused: size 48")]
    [TestCase(Header + ".entry (.param .u32 r) k() { ret; }\n", 4, 8, "declaration: a kernel returns nothing", TestName = "Refused: entry ret")]
    [TestCase(Header + Kernel + Kernel, 8, 8, "redeclared: the kernel k is defined twice", TestName = "Refused: dup entry")]
    [TestCase(Header + ".global .u32 a;\n.global .u32 a;\n" + Kernel, 5, 14, "redeclared: a is declared already", TestName = "Refused: dup var")]
    [TestCase(Header + ".global .u32 k;\n" + Kernel, 5, 8, "redeclared: k is declared already", TestName = "Refused: var/entry")]
    [TestCase(Header + ".entry k(.param .u32 a, .param .u32 a) { ret; }\n", 4, 37, "redeclared: the parameter a is declared already", TestName = "Refused: dup param")]
    [TestCase(Header + ".entry k(.param .b8 a[4097]) { ret; }\n", 4, 8, "limit: k has 4097 bytes of parameters; 4096 are the limit", TestName = "Refused: params 4100")]
    [TestCase(Header + ".entry k(.param .pred a) { ret; }\n", 4, 17, "type: .pred is no type of a variable; predicates live in registers", TestName = "Refused: params pred")]
    [TestCase(Header + ".entry k() .maxntid 128 .reqntid 128 { ret; }\n", 4, 25, "declaration: .maxntid and .reqntid exclude each other and stand once", TestName = "Refused: reqntid maxntid")]
    [TestCase(Header + ".entry k() .maxntid 0 { ret; }\n", 4, 21, "syntax: a size of the block must lie between 1 and 2147483647", TestName = "Refused: maxntid 0")]
    [TestCase(Header + ".entry k() .maxntid 1,1,1,1 { ret; }\n", 4, 27, "syntax: '{' or ';' expected after the header of k, found '1'", TestName = "Refused: maxntid 4 dims")]
    [TestCase(Header + ".entry k() { ret;\n", 5, 1, "syntax: '}' expected: the body of k, opened at 4:12, is not closed", TestName = "Refused: open body")]
    [TestCase(Header + ".entry k() { ret;\n.entry j() { ret; }\n", 5, 1, "syntax: '}' expected: the body of k, opened at 4:12, is not closed", TestName = "Refused: open body then entry")]
    [TestCase(Header + ".entry k() { ret; } }\n", 4, 21, "syntax: a directive expected, found '}'", TestName = "Refused: extra brace")]
    [TestCase(Header + ".entry k() {\n ret\n}\n", 5, 5, "syntax: ';' expected after ret", TestName = "Refused: no semi")]
    [TestCase(Header + ".entry k() {\n.reg .b32 %r<3>;\n mov.u32 %r1, 5\n mov.u32 %r2, 6;\n ret;\n}\n", 6, 16, "syntax: ';' expected after mov.u32", TestName = "Refused: missing semi mid")]
    [TestCase(Header + ".entry k() {\n.reg .b32 %r<3>\n mov.u32 %r1, 5;\n ret;\n}\n", 5, 16, "syntax: ';' expected after the declaration", TestName = "Refused: missing semi reg")]
    [TestCase(Header + "add.s32 a, b, c;\n" + Kernel, 4, 1, "syntax: a directive expected, found 'add'", TestName = "Refused: instr at module")]
    [TestCase(Header + ".global .u32 a[2] = {1,2,3};\n" + Kernel, 4, 26, "declaration: a has more initial values than elements", TestName = "Refused: init too many")]
    [TestCase(Header + ".global .u32 a = 1.5;\n" + Kernel, 4, 18, "literal: a: a floating-point literal stands where .u32 is expected", TestName = "Refused: init float in int")]
    [TestCase(Header + ".global .f32 a = 1;\n" + Kernel, 4, 18, "literal: a: an integer literal stands where .f32 is expected; write it with a point, or as 0f or 0d bits", TestName = "Refused: init int in float")]
    [TestCase(Header + ".shared .u32 a = 1;\n" + Kernel, 4, 16, "declaration: .shared variables cannot be initialised", TestName = "Refused: init shared")]
    [TestCase(Header + ".global .u8 a = 300;\n" + Kernel, 4, 17, "literal: a: the value 300 does not fit into .u8", TestName = "Refused: init range")]
    [TestCase(Header + ".global .u32 a;\n.global .u32 b = a;\n" + Kernel, 5, 18, "type: b: an address needs elements of 64 bits", TestName = "Refused: init addr 32")]
    [TestCase(Header + ".global .u64 b = nosuch;\n" + Kernel, 4, 18, "undeclared: nosuch is not declared", TestName = "Refused: init undeclared")]
    [TestCase(Header + ".const .b8 a[65537];\n" + Kernel, 4, 12, "limit: 65537 bytes of .const memory; a module may have 65536", TestName = "Refused: const big")]
    [TestCase(Header + ".shared .b8 a[49153];\n.entry k() { .reg .b32 %r; mov.u32 %r, a; ret; }\n", 5, 8, "limit: k uses 49153 bytes of static shared memory; 49152 are the limit", TestName = "Refused: shared big")]
    [TestCase(Header + ".global .align 6 .b8 a[4];\n" + Kernel, 4, 16, "declaration: the alignment 6 is no power of two", TestName = "Refused: align")]
    [TestCase(Header + ".local .b8 a[4];\n" + Kernel, 4, 1, "declaration: .local belongs into a function", TestName = "Refused: local module")]
    [TestCase(Header + ".reg .b32 %r;\n" + Kernel, 4, 1, "declaration: .reg belongs into a function", TestName = "Refused: reg module")]
    [TestCase(Header + ".global .b8 a[];\n" + Kernel, 4, 13, "declaration: a has no size", TestName = "Refused: unsized global")]
    [TestCase(Header + ".extern .global .u32 a = 1;\n" + Kernel, 4, 22, "declaration: the .extern variable a cannot be initialised", TestName = "Refused: extern init")]
    [TestCase(Header + ".extern .func f() { ret; }\n" + Kernel, 4, 19, "declaration: the .extern function f cannot have a body", TestName = "Refused: extern body")]
    [TestCase(Header + ".visible .extern .entry k() { ret; }\n", 4, 10, "declaration: an item has one linkage directive", TestName = "Refused: double linkage")]
    [TestCase(Header + ".global .texref t;\n" + Kernel, 4, 9, "unsupported: .texref is not supported", TestName = "Refused: texref")]
    [TestCase(Header + ".alias a, b;\n" + Kernel, 4, 1, "unsupported: .alias is not supported", TestName = "Refused: alias")]
    [TestCase(Header + ".entry k() { p: .callprototype _ (.param .b32 _); ret; }\n", 4, 17, "unsupported: .callprototype is not supported", TestName = "Refused: callproto")]
    [TestCase(Header + ".entry k() { a: ret; t: .branchtargets a; }\n", 4, 25, "unsupported: .branchtargets is not supported", TestName = "Refused: branchtargets")]
    [TestCase(Header + ".entry k() { call f; ret; }\n", 4, 19, "undeclared: the function f is not declared", TestName = "Refused: call undeclared")]
    [TestCase(Header + ".func f(.param .u32 a) { ret; }\n.entry k() { call f; ret; }\n", 5, 19, "operand: call: f has 1 arguments, 0 are given", TestName = "Refused: call arity")]
    [TestCase(Header + ".func f(.param .u64 a) { ret; }\n.entry k() { .param .u32 b; call f, (b); ret; }\n", 5, 38, "type: call: b has 4 bytes, a has 8", TestName = "Refused: call size")]
    [TestCase(Header + ".func f(.param .u64 a);\n.func f(.param .u32 a) { ret; }\n" + Kernel, 5, 7, "redeclared: f was declared with other parameters at 4:7", TestName = "Refused: func mismatch")]
    [TestCase(".version 7.8\n.target sm_90\n.address_size 64\n.entry k() .reqnctapercluster 2 { ret; }\n", 4, 12, "unsupported: .reqnctapercluster is not supported: there are no clusters", TestName = "Refused: cluster")]
    [TestCase(Header + ".pragma \"x;\n" + Kernel, 4, 9, "syntax: the string has no end on its line", TestName = "Refused: string")]
    [TestCase(Header + "/* never closed\n" + Kernel, 4, 1, "syntax: the comment has no end", TestName = "Refused: comment")]
    [TestCase(Header + "// \u00e9\n" + Kernel, 4, 4, "syntax: the character U+00E9 is not ASCII; PTX files hold ASCII only, comments included", TestName = "Refused: nonascii")]
    [TestCase(Header + "#define X\n" + Kernel, 4, 1, "syntax: only line markers may start with '#'; PTX has no preprocessor", TestName = "Refused: hash")]
    [TestCase(Header + ".entry k() { .reg .pred p; @p; ret; }\n", 4, 30, "syntax: an instruction expected, found ';'", TestName = "Refused: at")]
    [TestCase(Header + ".entry k() { ret; ` }\n", 4, 19, "syntax: the character '`' has no meaning in PTX", TestName = "Refused: char")]
    [TestCase(Header + ".foo;\n" + Kernel, 4, 1, "syntax: unknown directive .foo", TestName = "Refused: unknown dir")]
    [TestCase(Header + ".entry a() { bra x; }\n.entry b() { x: ret; }\n", 4, 18, "undeclared: the label x is not defined in this function", TestName = "Refused: label outside func")]
    [TestCase(Header + ".entry a() { bra x; { x: ret; } }\n", 4, 18, "undeclared: the label x is not defined in this function", TestName = "Refused: label inner")]
    [TestCase(Header + ".entry a() { { .reg .b32 r; } mov.u32 r, 1; ret; }\n", 4, 39, "undeclared: r is not declared", TestName = "Refused: reg scope")]
    [TestCase(Header + ".func f(.param .u64 .ptr a) { ret; }\n" + Kernel, 4, 21, "declaration: .ptr is for parameters of kernels", TestName = "Refused: func entry params ptr")]
    [TestCase(Header + ".entry a() { .reg .b32 %r<99999999999>; ret; }\n", 4, 27, "syntax: the number of registers must lie between 0 and 2147483647", TestName = "Refused: huge range")]
    public void ABrokenModuleIsRefusedWithItsPlaceAndReason(string text, int line, int column, string reason)
    {
        var result = PtxParser.Parse(text, "test.ptx");
        var first = result.Diagnostics.First(found => found.Severity == PtxSeverity.Error);

        Assert.That(result.Module, Is.Null);
        Assert.That($"{first.Kind}: {first.Message}", Is.EqualTo(reason));
        Assert.That(first.Position, Is.EqualTo(new PtxPosition(line, column)));
    }

    [TestCase(Header + Kernel, TestName = "Accepted: minimal")]
    [TestCase(".version 7.1\n.target sm_80, debug\n.address_size 64\n" + Kernel, TestName = "Accepted: target debug")]
    [TestCase(".version 8.0\n.target sm_90a\n.address_size 64\n" + Kernel, TestName = "Accepted: sm90a")]
    [TestCase(".version 7.1\r\n.target sm_80\r\n.address_size 64\r\n.entry k()\r\n{\r\nret;\r\n}\r\n", TestName = "Accepted: crlf")]
    [TestCase(Header + Kernel + "\0", TestName = "Accepted: nul end")]
    [TestCase(Header + ".visible .entry k\n{\nret;\n}\n", TestName = "Accepted: no params")]
    [TestCase(Header + ".func (.reg .u32 r) inc(.reg .u32 a, .reg .u32 b) { add.u32 r, a, b; ret; }\n.entry k() { .reg .u32 x, y; mov.u32 x, 1; call (y), inc, (x, 5); ret; }\n", TestName = "Accepted: reg params")]
    [TestCase(Header + ".func (.param .b32 r) f(.param .b32 a);\n.entry k() { .param .b32 a; .param .b32 r; call.uni (r), f, (a); ret; }\n.func (.param .b32 r) f(.param .b32 a) { ret; }\n", TestName = "Accepted: forward func")]
    [TestCase(Header + ".shared .b8 a[40000];\n.shared .b8 b[40000];\n.entry k() { .reg .b32 %r; mov.u32 %r, a; ret; }\n.entry j() { .reg .b32 %r; mov.u32 %r, b; ret; }\n", TestName = "Accepted: shared per kernel")]
    [TestCase(".version 8.1\n.target sm_80\n.address_size 64\n.entry k(.param .b8 a[30000]) { ret; }\n", TestName = "Accepted: big params 8.1")]
    [TestCase("# 1 \"x.ptx\"\n" + Header + "#line 5 \"x\"\n" + Kernel, TestName = "Accepted: line marker")]
    [TestCase(Header + ".global .s32 a[2][3] = {{1,-2},{3}};\n.global .f32 f[] = {1.0, 0f3F800000, -2e3};\n.const .u16 h = 0xFFFF;\n" + Kernel, TestName = "Accepted: 2d init")]
    [TestCase(Header + ".entry a() { .reg .pred p; { @p bra x; x: } { @p bra x; x: } @p bra y; { @p bra y; } y: ret; }\n", TestName = "Accepted: inner label")]
    [TestCase(Header + ".entry a() { .reg .b32 r; { .reg .f32 r; mov.f32 r, 1.0; } mov.b32 r, 1; ret; }\n", TestName = "Accepted: same names")]
    [TestCase(Header + ".entry a() { .global .u32 g = 4; .reg .u32 r; ld.global.u32 r, [g]; ret; }\n", TestName = "Accepted: body global")]
    [TestCase(Header + ".entry a() .pragma \"nounroll\"; { ret; }\n", TestName = "Accepted: pragma in header")]
    [TestCase(Header + ".func f() .noreturn { trap; }\n" + Kernel, TestName = "Accepted: noreturn")]
    public void AnUnusualModuleIsAccepted(string text) =>
        Assert.That(PtxParser.Parse(text, "test.ptx").Diagnostics.Where(found => found.Severity == PtxSeverity.Error), Is.Empty);
}
