using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

public sealed class PtxEmulatorTests
{
    private const string Saxpy =
        """
        .visible .entry saxpy(.param .u64 y, .param .u64 x, .param .f32 a, .param .u32 n)
        {
            .reg .pred %p;
            .reg .b32 %r<6>;
            .reg .b64 %rd<6>;
            .reg .f32 %f<4>;
            ld.param.u64 %rd0, [y];
            ld.param.u64 %rd1, [x];
            ld.param.f32 %f0, [a];
            ld.param.u32 %r0, [n];
            mov.u32 %r1, %ctaid.x;
            mov.u32 %r2, %ntid.x;
            mov.u32 %r3, %tid.x;
            mad.lo.s32 %r4, %r1, %r2, %r3;
            setp.ge.u32 %p, %r4, %r0;
            @%p bra done;
            mul.wide.u32 %rd2, %r4, 4;
            add.s64 %rd3, %rd0, %rd2;
            add.s64 %rd4, %rd1, %rd2;
            ld.global.f32 %f1, [%rd3];
            ld.global.f32 %f2, [%rd4];
            fma.rn.f32 %f3, %f0, %f2, %f1;
            st.global.f32 [%rd3], %f3;
        done:
            ret;
        }
        """;

    [Test]
    public void SaxpyOverAPartialLastBlock([Values] WarpSchedule schedule, [Values(1, 2)] int threads)
    {
        const int N = 1000;
        using var kernel = new EmulatedKernel(Saxpy, new EmulatorOptions { Schedule = schedule, Threads = threads, Seed = 7 });
        var y = kernel.Buffer<float>(Enumerable.Range(0, N).Select(k => (float)k).ToArray());
        kernel.Buffer<float>(Enumerable.Range(0, N).Select(k => 0.5f * k).ToArray());
        kernel.Pass(3f);
        kernel.Pass(N);
        kernel.Run(new Dim3(8), new Dim3(128));
        Assert.That(kernel.Read<float>(y, N), Is.EqualTo(Enumerable.Range(0, N).Select(k => 2.5f * k)));
    }

    /// <summary>A sum of 256 values by halving in shared memory, the last warp by shuffles.</summary>
    [Test]
    public void ReductionWithBarriersAndShuffles([Values] WarpSchedule schedule)
    {
        const string Text =
            """
            .visible .entry reduce(.param .u64 out, .param .u64 in)
            {
                .reg .pred %p<4>;
                .reg .b32 %r<16>;
                .reg .b64 %rd<8>;
                .reg .f32 %f<8>;
                .shared .align 4 .f32 buffer[256];
                ld.param.u64 %rd0, [out];
                ld.param.u64 %rd1, [in];
                mov.u32 %r0, %tid.x;
                mul.wide.u32 %rd2, %r0, 4;
                add.s64 %rd1, %rd1, %rd2;
                ld.global.f32 %f0, [%rd1];
                mov.u32 %r1, buffer;
                shl.b32 %r2, %r0, 2;
                add.u32 %r2, %r1, %r2;
                st.shared.f32 [%r2], %f0;
                mov.u32 %r3, 128;
            loop:
                bar.sync 0;
                setp.lt.u32 %p0, %r0, %r3;
                @!%p0 bra skip;
                shl.b32 %r4, %r3, 2;
                add.u32 %r5, %r2, %r4;
                ld.shared.f32 %f1, [%r2];
                ld.shared.f32 %f2, [%r5];
                add.rn.f32 %f1, %f1, %f2;
                st.shared.f32 [%r2], %f1;
            skip:
                shr.u32 %r3, %r3, 1;
                setp.ge.u32 %p1, %r3, 32;
                @%p1 bra loop;
                bar.sync 0;
                setp.ge.u32 %p2, %r0, 32;
                @%p2 exit;
                ld.shared.f32 %f1, [%r2];
                shfl.sync.down.b32 %f2, %f1, 16, 31, 0xffffffff;
                add.rn.f32 %f1, %f1, %f2;
                shfl.sync.bfly.b32 %f2, %f1, 8, 31, 0xffffffff;
                add.rn.f32 %f1, %f1, %f2;
                shfl.sync.bfly.b32 %f2, %f1, 4, 31, 0xffffffff;
                add.rn.f32 %f1, %f1, %f2;
                shfl.sync.bfly.b32 %f2, %f1, 2, 31, 0xffffffff;
                add.rn.f32 %f1, %f1, %f2;
                shfl.sync.bfly.b32 %f2, %f1, 1, 31, 0xffffffff;
                add.rn.f32 %f1, %f1, %f2;
                setp.eq.u32 %p3, %r0, 0;
                @%p3 st.global.f32 [%rd0], %f1;
                ret;
            }
            """;
        using var kernel = new EmulatedKernel(Text, new EmulatorOptions { Schedule = schedule });
        var sum = kernel.Buffer(4);
        kernel.Buffer<float>(Enumerable.Range(1, 256).Select(k => (float)k).ToArray());
        kernel.Run(new Dim3(1), new Dim3(256));
        Assert.That(kernel.Read<float>(sum, 1)[0], Is.EqualTo(256 * 257 / 2));
    }
}
