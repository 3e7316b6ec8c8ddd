using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Tests.Ptx.Syntax;

/// <summary>What the parser makes of right PTX.</summary>
[TestFixture]
public class ModelTests
{
    private const string Header = ".version 7.1\n.target sm_80\n.address_size 64\n";

    [TestCase("mov.s32 %r1, -1;", 0xFFFFFFFFFFFFFFFFul)]
    [TestCase("mov.u32 %r1, 0xFFFFFFFF;", 0xFFFFFFFFFFFFFFFFul)]
    [TestCase("mov.u32 %r1, 0x7FFFFFFF;", 0x7FFFFFFFul)]
    [TestCase("mov.b16 %h1, 0x8000;", 0xFFFFFFFFFFFF8000ul)]
    [TestCase("mov.u64 %rd1, 18446744073709551615;", 0xFFFFFFFFFFFFFFFFul)]
    [TestCase("mov.f32 %f1, 1.5;", 0x3FC00000ul)]
    [TestCase("mov.f32 %f1, 0f7FC00001;", 0x7FC00001ul)]
    [TestCase("mov.f32 %f1, -0f7FC00001;", 0xFFC00001ul)]
    [TestCase("mov.f32 %f1, 0d3FF8000000000000;", 0x3FC00000ul)]
    [TestCase("mov.f64 %d1, 0f3FC00000;", 0x3FF8000000000000ul)]
    [TestCase("mov.f64 %d1, 1e-1;", 0x3FB999999999999Aul)]
    [TestCase("mov.b32 %r1, 0f3FC00000;", 0x3FC00000ul)]
    [TestCase("mov.b64 %rd1, 0d3FF8000000000000;", 0x3FF8000000000000ul)]
    [TestCase("mov.pred %p1, -1;", 1ul)]
    [TestCase("mov.u32 %r1, WARP_SZ * 2 + (1 << 3 | 1);", 73ul)]
    [TestCase("mov.s32 %r1, -7 / 2;", 0xFFFFFFFFFFFFFFFDul)]
    [TestCase("mov.u32 %r1, 3 > 2 ? 0b101 : 017;", 5ul)]
    [TestCase("mov.u32 %r1, 017;", 15ul)]
    [TestCase("mov.s64 %rd1, (.s64) 0xFFFFFFFFFFFFFFFF >> 4;", 0xFFFFFFFFFFFFFFFFul)]
    [TestCase("mov.u64 %rd1, 0xFFFFFFFFFFFFFFFF >> 60;", 15ul)]
    public void ImmediatesHaveTheOperandsType(string statement, ulong bits) =>
        Assert.That(((ImmediateOperand)PtxText.Function(statement).Instructions[0].Operands[1]).Bits, Is.EqualTo(bits));

    [TestCase("ld.global.u32 %r1, [%rd2+-8];", -8)]
    [TestCase("ld.global.u32 %r1, [%rd2-8];", -8)]
    [TestCase("ld.global.u32 %r1, [%rd2 + 0x10];", 16)]
    [TestCase("ld.global.u32 %r1, [%rd2];", 0)]
    public void AddressesKeepTheirOffset(string statement, long offset)
    {
        var address = (AddressOperand)PtxText.Function(statement).Instructions[0].Operands[1];

        Assert.That((address.Register!.Name, address.Offset), Is.EqualTo(("%rd2", offset)));
    }

    [Test]
    public void LabelsPointAtTheInstructionTheyStandBefore()
    {
        var function = PtxText.Function("bra end;\nagain: mov.u32 %r1, 1;\nbra again;\nend:");

        Assert.That(function.Instructions.Where(instruction => instruction.Opcode == PtxOpcode.Bra)
            .Select(branch => ((LabelOperand)branch.Operands[0]).Target), Is.EqualTo(new[] { 3, 1 }));
    }

    [Test]
    public void InnerNamesHideOuterOnes()
    {
        var function = PtxText.Function("mov.b32 %r1, 1;\n{ .reg .f32 %r1; mov.f32 %r1, 2.0; }\nmov.b32 %r1, 3;");
        var written = function.Instructions.Take(3).Select(move => ((RegisterOperand)move.Operands[0]).Register).ToArray();

        Assert.That(written.Select(register => register.Type), Is.EqualTo(new[] { PtxType.B32, PtxType.F32, PtxType.B32 }));
        Assert.That(written[2], Is.EqualTo(written[0]));
    }

    [Test]
    public void RegistersAreNumberedInTheOrderOfTheirList()
    {
        var function = PtxText.Function("add.s32 %r3, %r2, %r1;");

        Assert.That(function.Registers.Select(register => register.Index), Is.EqualTo(Enumerable.Range(0, function.Registers.Count)));
        Assert.That(function.Registers.Select(register => register.Name), Is.SupersetOf(new[] { "%r1", "%r2", "%r3" }));
    }

    [Test]
    public void ParametersAreAlignedInOrder()
    {
        var kernel = PtxParser.ParseOrThrow(
            Header + ".entry k(.param .u8 a, .param .u64 b, .param .align 4 .b8 c[6], .param .f32 d, .param .align 16 .b8 e[3]) { ret; }", "test.ptx").Entry("k")!;

        Assert.That(kernel.Parameters.Select(parameter => parameter.Offset), Is.EqualTo(new long[] { 0, 8, 16, 24, 32 }));
        Assert.That(kernel.ParameterBytes, Is.EqualTo(35));
    }

    [Test]
    public void SharedMemoryIsPaidForByTheKernelsThatUseIt()
    {
        var module = PtxParser.ParseOrThrow(
            Header + """
            .shared .align 4 .b8 first[100];
            .shared .align 16 .b8 second[40000];
            .extern .shared .align 128 .b8 dynamic[];
            .func f() { .reg .b32 %r; mov.u32 %r, second; ret; }
            .entry a() { .reg .b32 %r; .shared .f32 own[8]; mov.u32 %r, first; mov.u32 %r, dynamic; ret; }
            .entry b() { .reg .b32 %r; mov.u32 %r, first; call f; ret; }
            .entry c() { ret; }
            """, "test.ptx");

        Assert.That(module.Functions.Select(function => function.StaticSharedBytes), Is.EqualTo(new[] { 40112, 132, 40112, 0 }));
        Assert.That(module.Entry("a")!.DynamicSharedAlignment, Is.EqualTo(128));
        Assert.That(module.Entry("b")!.DynamicSharedAlignment, Is.EqualTo(16));
    }

    [Test]
    public void InitialisersAreBytesAndAddresses()
    {
        var module = PtxParser.ParseOrThrow(
            Header + """
            .global .u32 a[4] = {1, 0xFFFFFFFF};
            .const .f32 b[2][2] = {{1.0, 2.0}, {3.0}};
            .global .u64 c[3] = {7, a, generic(a)+8};
            .global .s16 d[] = {-1, 2, 3};
            """, "test.ptx");

        Assert.That(module.Variables.Select(variable => variable.Bytes), Is.EqualTo(new long[] { 16, 16, 24, 6 }));
        Assert.That(module.Variables[0].Initial, Is.EqualTo(new byte[] { 1, 0, 0, 0, 255, 255, 255, 255 }));
        Assert.That(module.Variables[1].Initial, Has.Length.EqualTo(12));
        Assert.That(module.Variables[2].Addresses, Is.EqualTo(new[]
        {
            new PtxAddressInitializer(8, module.Variables[0], 0, false), new PtxAddressInitializer(16, module.Variables[0], 8, true),
        }));
    }

    [Test]
    public void InstructionsKnowTheirSourceLine()
    {
        var kernel = PtxParser.ParseOrThrow(
            Header + ".file 1 \"a.cu\"\n.entry k() { .reg .b32 %r; mov.u32 %r, 1;\n.loc 1 12 3\nmov.u32 %r, 2; ret; }", "test.ptx").Entry("k")!;

        Assert.That(kernel.Instructions.Select(instruction => instruction.SourceLine), Is.EqualTo(new[] { null, "a.cu:12", "a.cu:12" }));
    }

    [Test]
    public void TypesAndSpacesKeepTheirOrderAndModifiersAreASet()
    {
        var first = PtxText.Function("cvt.sat.rzi.ftz.u8.f32 %r1, %f1;").Instructions[0];
        var second = PtxText.Function("cp.async.cg.shared.global.L2::128B [%r1], [%rd1], 16;").Instructions[0];

        Assert.That(first.Types, Is.EqualTo(new[] { PtxType.U8, PtxType.F32 }));
        Assert.That(first.Has(PtxModifier.Rzi) && first.Has(PtxModifier.Ftz) && first.Has(PtxModifier.Sat), Is.True);
        Assert.That(second.Space, Is.EqualTo(StateSpace.Shared));
        Assert.That(second.Has(PtxModifier.L2B128), Is.True);
    }

    [Test]
    public void RegisterParametersOfFunctionsAreLoadedAndStored()
    {
        var module = PtxParser.ParseOrThrow(
            Header + ".func (.reg .u32 r) f(.reg .u32 a) { add.u32 r, a, 1; ret; }\n.entry k() { .reg .u32 x; mov.u32 x, 1; call (x), f, (x); ret; }", "test.ptx");

        Assert.That(module.Functions[0].Instructions.Select(instruction => instruction.Text), Is.EqualTo(new[] { "ld.param.u32", "add.u32", "st.param.u32", "ret" }));
        Assert.That(((CallOperand)module.Functions[1].Instructions[1].Operands[0]).Arguments, Has.All.InstanceOf<RegisterOperand>());
    }

    [Test]
    public void AVectorOfOneIsTheRegisterItself() =>
        Assert.That(PtxText.Function("ld.global.b32 { %r1 }, [ %rd1 + 0 ];").Instructions[0].Operands[0], Is.InstanceOf<RegisterOperand>());
}
