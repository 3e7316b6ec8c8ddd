using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Tests.Ptx.Analysis;

/// <summary>Kernels with one mistake each, and good ones that look like it.</summary>
[TestFixture]
public class StaticChecksTests
{
    private const string Even = "mov.u32 %r1, %tid.x;\n and.b32 %r2, %r1, 1;\n setp.eq.u32 %p1, %r2, 0;\n";
    private const string FirstWarp = "mov.u32 %r1, %tid.x;\n shr.u32 %r2, %r1, 5;\n setp.eq.u32 %p1, %r2, 0;\n";
    private const string Bounds = "mov.u32 %r1, %tid.x;\n ld.param.u32 %r2, [count];\n setp.ge.u32 %p1, %r1, %r2;\n";
    private const string Keep = "\n st.shared.u32 [tile], %r3;";

    [TestCase("add.u32 %r3, %r4, 1;" + Keep, "uninitialised-register", 1)]
    [TestCase(Bounds + "@%p1 bra skip;\n mov.u32 %r3, 5;\nskip:" + Keep, "uninitialised-register", 7)]
    [TestCase("mul.lo.u32 %r3, 2, 3;", "unused-result", 1)]
    [TestCase("bra end;\n st.shared.u32 [tile], 1;\nend:", "unreachable-code", 2)]
    [TestCase("ld.shared.u32 %r3, [tile+2];" + Keep, "misaligned-address", 1)]
    [TestCase("ld.param.u64 %rd1, [block+4];\n st.shared.u64 [tile], %rd1;", "misaligned-address", 1)]
    [TestCase(Even + "@%p1 bra skip;\n bar.sync 0;\nskip:", "divergent-barrier", 5)]
    [TestCase(Even + "@%p1 bar.sync 0;", "divergent-barrier", 4)]
    [TestCase(FirstWarp + "@%p1 bra skip;\n bar.sync 0;\nskip:", "divergent-barrier", 5)]
    [TestCase(Even + "mov.u32 %r3, 0;\n@%p1 mov.u32 %r3, 1;\n setp.eq.u32 %p2, %r3, 1;\n@%p2 bar.sync 0;", "divergent-barrier", 7)]
    [TestCase(Even + "@%p1 bra other;\n mov.u32 %r3, 0;\n bra join;\nother: mov.u32 %r3, 1;\njoin: setp.eq.u32 %p2, %r3, 1;\n@%p2 bar.sync 0;", "divergent-barrier", 9)]
    [TestCase(Even + "@%p1 bra skip;\n shfl.sync.bfly.b32 %r3, %r1, 1, 31, -1;" + Keep + "\nskip:", "divergent-warp-instruction", 5)]
    [TestCase(Even + "@%p1 bra skip;\n ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r3}, [tile];" + Keep + "\nskip:", "divergent-warp-instruction", 5)]
    [TestCase(Even + "@%p1 bra.uni skip;\n st.shared.u32 [tile], 1;\nskip:", "divergent-uniform-branch", 4)]
    [TestCase("ld.param.u64 %rd1, [pointer];\n cp.async.ca.shared.global [tile], [%rd1], 4;\n ld.shared.u32 %r3, [tile];" + Keep, "missing-wait", 3)]
    [TestCase("ld.param.u64 %rd1, [pointer];\n ld.global.nc.u32 %r3, [%rd1];\n add.u64 %rd2, %rd1, 4;\n st.global.u32 [%rd2], %r3;", "stored-read-only", 4)]
    public void AMistakeIsFoundWhereItIs(string statements, string kind, int line)
    {
        var warnings = Warnings(statements);

        Assert.That(warnings.Select(found => (found.Kind, Line: found.Position!.Value.Line - PtxText.FirstLine + 1)), Does.Contain((kind, line)));
        Assert.That(warnings.Select(found => found.Kind), Is.All.EqualTo(kind));
    }

    [TestCase(Bounds + "@%p1 ret;\n st.shared.u32 [tile], 1;", TestName = "an early return")]
    [TestCase(Bounds + "@%p1 ret;\n bar.sync 0;", TestName = "a barrier behind an early return is information only")]
    [TestCase(Even + "@%p1 bra skip;\n st.shared.u32 [tile], 1;\nskip: bar.sync 0;", TestName = "a barrier behind the join")]
    [TestCase(FirstWarp + "@%p1 bra skip;\n bar.sync 1, 64;\n shfl.sync.bfly.b32 %r3, %r1, 1, 31, -1;" + Keep + "\nskip:", TestName = "whole warps")]
    [TestCase("mov.u32 %r1, %tid.x;\n mov.u32 %r2, %r1;\nagain: bar.sync 0;\n add.u32 %r2, %r2, 256;\n sub.u32 %r3, %r2, %r1;\n setp.lt.u32 %p1, %r3, 1024;\n@%p1 bra again;", TestName = "the thread's index cancels")]
    [TestCase("ld.param.u32 %r2, [count];\n mov.u32 %r3, 0;\nagain: bar.sync 0;\n add.u32 %r3, %r3, 1;\n setp.lt.u32 %p1, %r3, %r2;\n@%p1 bra again;", TestName = "a uniform loop")]
    [TestCase(Even + "@%p1 mov.u32 %r3, 1;\n@!%p1 mov.u32 %r3, 2;" + Keep, TestName = "guards that complement each other")]
    [TestCase("ld.param.u64 %rd1, [pointer];\n cp.async.ca.shared.global [tile], [%rd1], 4;\n cp.async.wait_all;\n ld.shared.u32 %r3, [tile];" + Keep, TestName = "a wait")]
    [TestCase("ld.param.u64 %rd1, [block+8];\n st.shared.u64 [tile+8], %rd1;", TestName = "aligned places")]
    public void GoodCodeIsLeftAlone(string statements) => Assert.That(Warnings(statements), Is.Empty);

    [Test]
    public void ABodyWithoutReturnIsReported()
    {
        var result = PtxParser.Parse(".version 7.1\n.target sm_80\n.address_size 64\n.entry k() {\n.reg .b32 %r;\nmov.u32 %r, 1;\n}\n", "test.ptx");

        Assert.That(result.Diagnostics.Select(found => found.Kind), Does.Contain("missing-return"));
    }

    [Test]
    public void MoreLiveRegistersThanAllowedAreReported()
    {
        var sum = string.Concat(Enumerable.Range(0, 14).Select(i => $"ld.shared.u64 %rd{i}, [tile+{8 * i}];\n"))
            + string.Concat(Enumerable.Range(1, 13).Select(i => $"add.u64 %rd0, %rd0, %rd{i};\n")) + "st.shared.u64 [tile], %rd0;";
        var text = PtxText.Kernel(sum).Replace("block[16])", "block[16]) .maxnreg 32");

        Assert.That(PtxParser.Parse(text, "test.ptx").Diagnostics.Where(found => found.Severity == PtxSeverity.Warning).Select(found => found.Kind),
            Is.EqualTo(new[] { "register-pressure" }));
    }

    private static PtxDiagnostic[] Warnings(string statements)
    {
        var result = PtxText.Parse(statements);

        Assert.That(result.Module, Is.Not.Null, string.Join('\n', result.Diagnostics));
        return result.Diagnostics.Where(found => found.Severity == PtxSeverity.Warning).ToArray();
    }
}
