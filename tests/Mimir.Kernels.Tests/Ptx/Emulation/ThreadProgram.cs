using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>Kernels of a few statements that leave one 32-bit number a thread.</summary>
internal static class ThreadProgram
{
    /// <summary>The kernel around statements: %tid and %lane are the thread's numbers, %out the address of its result, %result what is stored by the
    /// final statement; %r0 to %r31, %rd0 to %rd15, %f0 to %f15, %h0 to %h7 and %p0 to %p7 are free. Parameters: out, data.</summary>
    public static string Text(string statements, string declarations = "") =>
        $$"""
        {{declarations}}
        .visible .entry program(.param .u64 out, .param .u64 data)
        {
            .reg .pred %p<8>;
            .reg .b16 %h<8>;
            .reg .b32 %r<32>, %tid, %lane, %result, %index;
            .reg .b64 %rd<16>, %out, %data;
            .reg .f32 %f<16>;
            .reg .f64 %d<8>;
            .shared .align 16 .b32 tile[1024];
            mov.u32 %tid, %tid.x;
            mov.u32 %lane, %laneid;
            mov.u32 %result, 0;
            ld.param.u64 %out, [out];
            ld.param.u64 %data, [data];
            mov.u32 %index, %ctaid.x;
            mov.u32 %r0, %ntid.x;
            mad.lo.u32 %index, %index, %r0, %tid;
            mad.wide.u32 %out, %index, 4, %out;
        {{statements}}
        end:
            st.global.u32 [%out], %result;
            ret;
        }
        """;

    /// <summary>Runs it and expects no finding.</summary>
    /// <returns>The threads' results.</returns>
    public static uint[] Run(string statements, int threads = 32, int blocks = 1, EmulatorOptions? options = null, string declarations = "", uint[]? data = null)
    {
        var (results, launch, _) = Launch(statements, threads, blocks, options, declarations, data);
        Assert.That(launch.Diagnostics, Is.Empty);
        return results;
    }

    /// <summary>Runs it.</summary>
    /// <returns>The threads' results, 0xFFFFFFFF where none was stored, the launch's, and what became of the data.</returns>
    public static (uint[] Results, LaunchResult Launch, uint[] Data) Launch(
        string statements, int threads = 32, int blocks = 1, EmulatorOptions? options = null, string declarations = "", uint[]? data = null)
    {
        using var kernel = new EmulatedKernel(Text(statements, declarations), options);
        var initial = new uint[threads * blocks];
        Array.Fill(initial, uint.MaxValue);
        var output = kernel.Buffer<uint>(initial, "out");
        data ??= new uint[256];
        var input = kernel.Buffer<uint>(data, "data");
        var launch = kernel.Launch(new Dim3(blocks), new Dim3(threads));
        return (kernel.Read<uint>(output, threads * blocks), launch, kernel.Read<uint>(input, data.Length));
    }

    /// <summary>Runs it and expects an error of a kind.</summary>
    public static PtxDiagnostic Fail(string kind, string statements, int threads = 32, int blocks = 1, EmulatorOptions? options = null, string declarations = "")
    {
        var (_, launch, _) = Launch(statements, threads, blocks, options, declarations);
        var found = launch.Diagnostics.FirstOrDefault(diagnostic => diagnostic.Kind == kind);
        Assert.That(found, Is.Not.Null, $"no {kind}: {string.Join('\n', launch.Diagnostics)}");
        return found!;
    }
}
