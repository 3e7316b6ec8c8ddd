using Mimir.Kernels.Ptx;

namespace Mimir.Kernels.Tests.Ptx;

/// <summary>Small PTX modules for tests.</summary>
internal static class PtxText
{
    /// <summary>The line of the first statement in a module made by <see cref="Kernel"/>.</summary>
    public static int FirstLine { get; } = Kernel("@").Split('\n').ToList().IndexOf("@") + 1;

    /// <summary>A kernel with registers of all classes, parameters and variables around the given statements.</summary>
    public static string Kernel(string statements, string version = "8.5", string target = "sm_90") =>
        $$"""
        .version {{version}}
        .target {{target}}
        .address_size 64
        .global .align 16 .b8 data[64];
        .const .align 16 .f32 table[16];
        .extern .shared .align 16 .b8 dynamic[];
        .visible .entry kernel(.param .u64 pointer, .param .u32 count, .param .align 8 .b8 block[16])
        {
            .reg .pred %p<8>;
            .reg .b16 %h<8>;
            .reg .b32 %r<16>;
            .reg .b64 %rd<16>;
            .reg .f32 %f<16>;
            .reg .f64 %d<8>;
            .reg .u16 %u16; .reg .u32 %u32; .reg .u64 %u64;
            .reg .s16 %s16; .reg .s32 %s32; .reg .s64 %s64;
            .reg .b8 %b8;
            .reg .f16 %f16; .reg .f16x2 %f16x2;
            .shared .align 16 .b8 tile[1024];
            .local .align 16 .b8 stack[64];
            .param .align 16 .b8 slot[32];
        {{statements}}
            ret;
        }
        """;

    public static PtxParseResult Parse(string statements, string version = "8.5", string target = "sm_90") =>
        PtxParser.Parse(Kernel(statements, version, target), "test.ptx");

    /// <summary>The kernel around statements that must be legal.</summary>
    public static PtxFunction Function(string statements) =>
        PtxParser.ParseOrThrow(Kernel(statements), "test.ptx").Entry("kernel")!;
}
