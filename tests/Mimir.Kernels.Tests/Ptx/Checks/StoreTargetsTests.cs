using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Checks;

/// <summary>Which of three buffers a kernel may write. The parameters are their pointers.</summary>
public sealed class StoreTargetsTests
{
    [TestCase("st.global.u32 [%x2], 1;", "z")]
    [TestCase("add.u64 %x0, %x0, %x1;\n red.global.add.u32 [%x0], 1;", "xy")]
    [TestCase("mov.u64 %d, %x0;\n ld.global.u32 %r, [%d];\n add.u64 %d, %x1, 4;\n st.global.u32 [%d], %r;", "y", Description = "a register used twice")]
    [TestCase("@%p add.u64 %x1, %x2, 8;\n st.global.u32 [%x1], 1;", "yz", Description = "maybe overwritten")]
    [TestCase("mov.u64 %d, %x0;\nL:\n st.global.u32 [%d], 1;\n mov.u64 %d, %x2;\n @%p bra L;", "xz", Description = "round a loop")]
    [TestCase("ld.global.u32 %r, [%x0];\n mul.wide.u32 %d, %r, 4;\n add.u64 %d, %d, %x1;\n st.global.u32 [%d], 1;", "y", Description = "an index read from memory")]
    [TestCase("ld.global.u64 %d, [%x0];\n st.global.u32 [%d], 1;", "xyz", Description = "a pointer read from memory")]
    [TestCase("cvta.to.global.u64 %d, %x2;\n st.u32 [%d+4], 1;", "z")]
    [TestCase("ld.global.u32 %r, [%x0];", "")]
    public void FollowPointers(string body, string names)
    {
        using var memory = new EmulatedMemory();
        var text = $$"""
            .version 7.1
            .target sm_80
            .address_size 64
            .visible .entry kernel(.param .u64 p0, .param .u64 p1, .param .u64 p2) {
            .reg .b64 %x<3>, %d; .reg .b32 %r; .reg .pred %p;
            ld.param.u64 %x0, [p0]; ld.param.u64 %x1, [p1]; ld.param.u64 %x2, [p2];
            setp.eq.u64 %p, %x0, %x1;
            {{body}}
            ret; }
            """;
        var kernel = PtxParser.ParseOrThrow(text, "targets.ptx").Functions[0];
        ulong[] pointers = [memory.Allocate(64, "x"), memory.Allocate(64, "y"), memory.Allocate(64, "z")];
        var isTarget = StoreTargets.Of(kernel).In([.. pointers.SelectMany(BitConverter.GetBytes)], memory.Find);
        Assert.That(string.Concat(pointers.Select(pointer => memory.Find(pointer)!).Where(isTarget).Select(allocation => allocation.Name)), Is.EqualTo(names));
    }
}
