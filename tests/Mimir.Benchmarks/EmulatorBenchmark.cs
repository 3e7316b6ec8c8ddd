using System.Runtime.InteropServices;
using System.Text;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Benchmarks;

/// <summary>Lane instructions that the PTX emulator executes a second, with checks off and with all of them on.</summary>
internal static class EmulatorBenchmark
{
    private const int Threads = 256;
    private const int Rounds = 400;
    private const int Elements = 1 << 20;

    /// <summary>Prints the table.</summary>
    /// <param name="args"><c>--threads N</c> (default 1), <c>--case NAME</c> (default all).</param>
    public static void Run(string[] args)
    {
        var threads = Arguments.Number(args, "--threads", 1);
        var only = Arguments.Text(args, "--case");
        Console.WriteLine("| code | checks | lane instructions | seconds | M a second |");
        Console.WriteLine("| --- | --- | ---: | ---: | ---: |");
        foreach (var (name, blocks, body) in Cases().Where(one => only is null || one.Name == only))
        {
            foreach (var checks in (EmulatorChecks[])[EmulatorChecks.None, EmulatorChecks.All])
            {
                var (instructions, seconds) = Measure(body, blocks, new EmulatorOptions { Threads = threads, Checks = checks });
                Console.WriteLine($"| {name} | {(checks == EmulatorChecks.None ? "off" : "all")} | {instructions} | {seconds:F4} | {instructions / seconds / 1e6:F0} |");
            }
        }
    }

    /// <summary>Best of several launches; the first ones let the compiler finish.</summary>
    private static (long Instructions, double Seconds) Measure(string body, int blocks, EmulatorOptions options)
    {
        using var memory = new EmulatedMemory(options.Checks);
        using var module = new EmulatedModule(PtxParser.ParseOrThrow(Text(body), "benchmark.ptx"), memory);
        var source = memory.Allocate(4 * Elements, "source");
        var result = memory.Allocate(4 * Elements, "result");
        memory.Fill(source, 4 * Elements, 0);
        memory.Fill(result, 4 * Elements, 0);
        ulong[] parameters = [source, result];
        var emulator = new PtxEmulator(memory, options);
        var best = double.MaxValue;
        var instructions = 0L;
        for (var n = 0; n < 7; n++)
        {
            var launch = emulator.Launch(
                module, module.Module.Entry("benchmark")!, new Dim3(blocks), new Dim3(Threads), 0, MemoryMarshal.AsBytes(parameters.AsSpan()));
            if (!launch.Succeeded)
                throw new InvalidOperationException(string.Join(Environment.NewLine, launch.Diagnostics));
            (best, instructions) = (Math.Min(best, launch.Seconds), launch.Instructions);
        }
        return (instructions, best);
    }

    private static IEnumerable<(string Name, int Blocks, string Body)> Cases()
    {
        yield return ("fma", 64, Loop(Repeat(16, n => $"fma.rn.f32 %f{n}, %f{n}, %f30, %f31;")));
        yield return ("mixed", 64, Loop(Repeat(4, n =>
            $"""
            fma.rn.f32 %f{n}, %f{n}, %f30, %f31;
            mul.lo.u32 %r{n + 8}, %r{n + 8}, 3;
            setp.gt.f32 %p1, %f{n}, %f30;
            selp.f32 %f{n + 8}, %f{n}, %f31, %p1;
            add.rn.f32 %f{n + 16}, %f{n + 16}, %f{n + 8};
            """)));
        yield return ("divergent", 64, Loop(
            """
            and.b32 %r8, %tid, 3;
            setp.eq.u32 %p1, %r8, 0;
            @%p1 bra other;
            fma.rn.f32 %f0, %f0, %f30, %f31;
            fma.rn.f32 %f1, %f1, %f30, %f31;
            bra joined;
            other:
            fma.rn.f32 %f2, %f2, %f30, %f31;
            joined:
            """));
        yield return ("global", Elements / Threads, "ld.global.f32 %f0, [%source];\nfma.rn.f32 %f0, %f0, %f30, %f31;\nst.global.f32 [%result], %f0;\n");
        yield return ("global v4", Elements / Threads / 4, "ld.global.v4.f32 {%f0, %f1, %f2, %f3}, [%source4];\nfma.rn.f32 %f0, %f0, %f30, %f31;\nst.global.v4.f32 [%result4], {%f0, %f1, %f2, %f3};\n");
        yield return ("shared", 64, Loop(
            """
            st.shared.f32 [%own], %f0;
            bar.sync 0;
            ld.shared.f32 %f1, [%other];
            ld.shared.f32 %f2, [tile];
            add.rn.f32 %f0, %f1, %f2;
            bar.sync 0;
            """));
        yield return ("shuffles", 64, Loop("shfl.sync.bfly.b32 %f1, %f0, 8, 31, 0xffffffff;\nadd.rn.f32 %f0, %f0, %f1;\n"));
        yield return ("ex2", 64, Loop("ex2.approx.ftz.f32 %f0, %f0;\nmul.rn.f32 %f0, %f0, 0fBF000000;\n"));
        yield return ("mma bf16", 16, Loop(Repeat(4, n =>
            $"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {{%f{4 * n}, %f{4 * n + 1}, %f{4 * n + 2}, %f{4 * n + 3}}}, {{%r8, %r9, %r10, %r11}}, {{%r12, %r13}}, {{%f{4 * n}, %f{4 * n + 1}, %f{4 * n + 2}, %f{4 * n + 3}}};")));
        yield return ("mma tf32", 16, Loop(Repeat(4, n =>
            $"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {{%f{4 * n}, %f{4 * n + 1}, %f{4 * n + 2}, %f{4 * n + 3}}}, {{%r8, %r9, %r10, %r11}}, {{%r12, %r13}}, {{%f{4 * n}, %f{4 * n + 1}, %f{4 * n + 2}, %f{4 * n + 3}}};")));
    }

    private static string Repeat(int count, Func<int, string> statement) => string.Join('\n', Enumerable.Range(0, count).Select(statement)) + "\n";

    private static string Loop(string body) =>
        $"""
        mov.u32 %r0, 0;
        loop:
        {body}
        add.u32 %r0, %r0, 1;
        setp.lt.u32 %p0, %r0, {Rounds};
        @%p0 bra loop;
        st.global.f32 [%result], %f0;

        """;

    private static string Text(string body)
    {
        var text = new StringBuilder(
            """
            .version 7.1
            .target sm_80
            .address_size 64
            .visible .entry benchmark(.param .u64 source, .param .u64 result)
            {
            .reg .pred %p<4>;
            .reg .b32 %r<32>, %tid, %index, %own, %other;
            .reg .b64 %source, %result, %source4, %result4;
            .reg .f32 %f<32>;
            .shared .align 16 .b8 tile[1024];
            mov.u32 %tid, %tid.x;
            mov.u32 %r1, %ctaid.x;
            mov.u32 %r2, %ntid.x;
            mad.lo.u32 %index, %r1, %r2, %tid;
            ld.param.u64 %source4, [source];
            ld.param.u64 %result4, [result];
            mad.wide.u32 %source, %index, 4, %source4;
            mad.wide.u32 %result, %index, 4, %result4;
            mad.wide.u32 %source4, %index, 16, %source4;
            mad.wide.u32 %result4, %index, 16, %result4;
            mov.u32 %own, tile;
            shl.b32 %r3, %tid, 2;
            add.u32 %own, %own, %r3;
            xor.b32 %other, %own, 128;

            """);
        for (var n = 0; n < 30; n++)
            text.AppendLine($"mov.f32 %f{n}, 0f3F800000;");
        text.AppendLine("mov.f32 %f30, 0f3F7FFF00;\nmov.f32 %f31, 0f3A000000;");
        for (var n = 8; n < 16; n++)
            text.AppendLine($"mov.u32 %r{n}, 0x3F803F80;");
        return text.Append(body).AppendLine("ret;\n}").ToString();
    }
}
