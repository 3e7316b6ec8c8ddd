namespace Mimir.Cli.Tests.Commands.Ptx;

/// <summary>Kernels for the tests of <c>mimir ptx</c>.</summary>
internal static class SmallKernels
{
    private const string Head = """
        .version 7.1
        .target sm_80
        .address_size 64

        """;

    /// <summary>y[i] = factor·x[i] for i below count.</summary>
    public const string Scale = Head + """
        .visible .entry scale(.param .u64 x, .param .u64 y, .param .f32 factor, .param .u32 count)
        {
            .reg .pred %p;
            .reg .b32 %r<5>;
            .reg .f32 %f<4>;
            .reg .b64 %rd<6>;
            ld.param.u64 %rd1, [x];
            ld.param.u64 %rd2, [y];
            ld.param.f32 %f1, [factor];
            ld.param.u32 %r1, [count];
            mov.u32 %r2, %ctaid.x;
            mov.u32 %r3, %ntid.x;
            mov.u32 %r4, %tid.x;
            mad.lo.u32 %r4, %r2, %r3, %r4;
            setp.ge.u32 %p, %r4, %r1;
            @%p bra DONE;
            cvta.to.global.u64 %rd1, %rd1;
            cvta.to.global.u64 %rd2, %rd2;
            mul.wide.u32 %rd3, %r4, 4;
            add.u64 %rd4, %rd1, %rd3;
            ld.global.f32 %f2, [%rd4];
            mul.rn.f32 %f3, %f1, %f2;
            add.u64 %rd5, %rd2, %rd3;
            st.global.f32 [%rd5], %f3;
        DONE:
            ret;
        }
        """;

    /// <summary>Adds one to every element of a view: address and count in one parameter.</summary>
    public const string View = Head + """
        .visible .entry increment(.param .align 8 .b8 view[16])
        {
            .reg .pred %p;
            .reg .b32 %r<3>;
            .reg .b64 %rd<5>;
            ld.param.u64 %rd1, [view];
            ld.param.u64 %rd2, [view+8];
            mov.u32 %r1, %tid.x;
            cvt.u64.u32 %rd3, %r1;
            setp.ge.u64 %p, %rd3, %rd2;
            @%p bra DONE;
            shl.b64 %rd4, %rd3, 2;
            add.u64 %rd4, %rd1, %rd4;
            ld.global.u32 %r2, [%rd4];
            add.u32 %r2, %r2, 1;
            st.global.u32 [%rd4], %r2;
        DONE:
            ret;
        }
        """;

    /// <summary>Copies a constant table, or nothing where the place for it is null.</summary>
    public const string Table = Head + """
        .const .align 4 .b32 table[4] = {1, 2};
        .visible .entry copy_table(.param .u64 y)
        {
            .reg .pred %p;
            .reg .b32 %r<3>;
            .reg .b64 %rd<5>;
            ld.param.u64 %rd1, [y];
            setp.eq.u64 %p, %rd1, 0;
            @%p bra DONE;
            mov.u32 %r1, %tid.x;
            mul.wide.u32 %rd2, %r1, 4;
            mov.u64 %rd3, table;
            add.u64 %rd3, %rd3, %rd2;
            ld.const.u32 %r2, [%rd3];
            add.u64 %rd4, %rd1, %rd2;
            st.global.u32 [%rd4], %r2;
        DONE:
            ret;
        }
        """;

    /// <summary>Every thread adds its neighbour's number in dynamic shared memory, with the barrier or without.</summary>
    public static string Neighbours(bool withBarrier) => Head + $$"""
        .extern .shared .align 4 .b8 numbers[];
        .visible .entry neighbours(.param .u64 y)
        {
            .reg .b32 %r<8>;
            .reg .b64 %rd<4>;
            ld.param.u64 %rd1, [y];
            mov.u32 %r1, %tid.x;
            mov.u32 %r2, numbers;
            shl.b32 %r3, %r1, 2;
            add.u32 %r4, %r2, %r3;
            st.shared.u32 [%r4], %r1;
            {{(withBarrier ? "bar.sync 0;" : "")}}
            xor.b32 %r5, %r3, 252;
            add.u32 %r6, %r2, %r5;
            ld.shared.u32 %r7, [%r6];
            mul.wide.u32 %rd2, %r1, 4;
            add.u64 %rd3, %rd1, %rd2;
            st.global.u32 [%rd3], %r7;
            ret;
        }
        """;
}
