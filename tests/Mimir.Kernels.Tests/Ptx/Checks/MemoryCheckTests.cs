using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>Accesses to memory that is not the kernel's: each is found at its line, with what lies nearest.</summary>
public sealed class MemoryCheckTests
{
    private const string OnlyThread3 = "setp.ne.u32 %p1, %t, 3;\n @%p1 exit;\n";
    private const string Declarations = ".shared .align 16 .b8 tile[256];\n .local .align 8 .b8 own[16];";

    private static IEnumerable<TestCaseData> Wrong()
    {
        TestCaseData Case(string name, string kind, string at, string says, string before = "") =>
            new TestCaseData(kind, before + "\n" + at, at, says).SetArgDisplayNames(name);

        yield return Case("behind an allocation", DiagnosticKinds.OutOfBounds, "ld.global.f32 %f1, [%x0+1024];", "'x'");
        yield return Case("before an allocation", DiagnosticKinds.OutOfBounds, "ld.global.f32 %f1, [%x0+-4];", "'x'");
        yield return Case("partly behind an allocation", DiagnosticKinds.OutOfBounds, "ld.global.v2.f32 {%f1, %f2}, [%x0+1016];", "'x'");
        yield return Case("null", DiagnosticKinds.OutOfBounds, "ld.global.f32 %f1, [%d1];", "null", "mov.u64 %d1, 0;");
        yield return Case("a store outside", DiagnosticKinds.OutOfBounds, "st.global.f32 [%x0+4096], %f1;", "'x'", "mov.f32 %f1, 0f00000000;");
        yield return Case("an atomic outside", DiagnosticKinds.OutOfBounds, "red.global.add.u32 [%x0+4096], 1;", "'x'");
        yield return Case("a generic address outside", DiagnosticKinds.OutOfBounds, "ld.f32 %f1, [%x0+4096];", "'x'");
        yield return Case("misaligned by one", DiagnosticKinds.Misaligned, "ld.global.u16 %r1, [%x0+1];", "multiple of 2");
        yield return Case("a misaligned vector", DiagnosticKinds.Misaligned, "ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%x0+8];", "multiple of 16");
        yield return Case("shared memory outside", DiagnosticKinds.OutOfBounds, "ld.shared.f32 %f1, [%r1+256];", "256", "mov.u32 %r1, tile;");
        yield return Case(
            "shared memory misaligned", DiagnosticKinds.Misaligned, "st.shared.b64 [%r1+4], %d1;", "multiple of 8", "mov.u32 %r1, tile;\n mov.b64 %d1, 0;");
        yield return Case(
            "ldmatrix misaligned", DiagnosticKinds.Misaligned, "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r2}, [%r1+8];", "multiple of 16",
            "mov.u32 %r1, tile;");
        yield return Case("local memory outside", DiagnosticKinds.OutOfBounds, "st.local.u32 [%r1+16], %t;", "16", "mov.u32 %r1, own;");
        yield return Case(
            "cp.async from outside", DiagnosticKinds.OutOfBounds, "cp.async.ca.shared.global [%r1], [%x0+1024], 16;", "'x'", "mov.u32 %r1, tile;");
        yield return Case(
            "cp.async to outside", DiagnosticKinds.OutOfBounds, "cp.async.ca.shared.global [%r1+256], [%x0], 16;", "", "mov.u32 %r1, tile;");
        yield return Case("a trap", DiagnosticKinds.Trap, "trap;", "");
    }

    [TestCaseSource(nameof(Wrong))]
    public void IsFound(string kind, string body, string at, string says)
    {
        var isForWarps = at.Contains("ldmatrix", StringComparison.Ordinal);
        foreach (var checks in new[] { EmulatorChecks.All, EmulatorChecks.None })
        {
            using var run = new KernelRun(new EmulatorOptions { Checks = checks });
            run.Input("x", 255);
            var found = run.Launch(isForWarps ? body : OnlyThread3 + body, 1, 32, Declarations).Diagnostics;
            var error = found.FirstOrDefault(diagnostic => diagnostic.Kind == kind);
            Assert.That(error, Is.Not.Null, $"{checks}: {string.Join('\n', found)}");
            Assert.Multiple(() =>
            {
                Assert.That(error!.Severity, Is.EqualTo(PtxSeverity.Error));
                Assert.That(error.Message, Does.Contain(says));
                Assert.That(error.Thread, Is.EqualTo(new Dim3(isForWarps ? 0 : 3, 0, 0)));
                Assert.That(error.Address, kind == DiagnosticKinds.Trap ? Is.Null : Is.Not.Null);
            });
        }
    }

    [Test]
    public void FreedMemoryIsCalledSo()
    {
        using var run = new KernelRun(new EmulatorOptions { Checks = EmulatorChecks.All });
        var x = run.Input("gone", 256);
        run.Free(x);
        var found = run.Launch("ld.global.f32 %f1, [%x0+8];", 1, 32).Diagnostics;
        Assert.That(found[0].Kind, Is.EqualTo(DiagnosticKinds.UseAfterFree));
        Assert.That(found[0].Message, Does.Contain("'gone'").And.Contain("freed"));
    }
}
