using System.Text;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>Runs one instruction on every combination of some values and compares with an oracle: once in all lanes, once in two of three under a
/// guard, where the others must keep what they had.</summary>
internal static class InstructionProbe
{
    private const ulong Kept = 0x5A5A_5A5A_5A5A_5A5A;

    /// <summary>Compares an instruction with an oracle.</summary>
    /// <param name="instruction">With $d for the destination and $a, $b, $c, $e for the sources.</param>
    /// <param name="resultBits">Width of the destination; 1 for a predicate.</param>
    /// <param name="sources">Width and values of every source; width 1 for predicates.</param>
    /// <param name="oracle">The result's bits.</param>
    /// <param name="isEqual">Whether a result may stand for the expected one; equality of bits where it is null.</param>
    /// <param name="options">How to emulate.</param>
    public static void Check(
        string instruction, int resultBits, (int Bits, ulong[] Values)[] sources, Func<ulong[], ulong> oracle, Func<ulong, ulong, bool>? isEqual = null,
        EmulatorOptions? options = null)
    {
        isEqual ??= (expected, actual) => expected == actual;
        var tuples = Combinations(sources);
        foreach (var isGuarded in (bool[])[false, true])
        {
            var results = Run(instruction, resultBits, sources, tuples, isGuarded, options);
            for (var n = 0; n < tuples.Count; n++)
            {
                var isKept = isGuarded && n % 3 == 0;
                var expected = isKept ? Cut(Kept, resultBits) : oracle(tuples[n]);
                if (isKept ? results[n] != expected : !isEqual(expected, results[n]))
                {
                    var given = string.Join(", ", tuples[n].Select(value => $"0x{value:x}"));
                    Assert.Fail($"{instruction} of {given}: 0x{results[n]:x}, expected 0x{expected:x}{(isGuarded ? ", guarded" : "")}");
                }
            }
        }
    }

    /// <summary>The results of an instruction for every tuple of sources.</summary>
    public static ulong[] Run(
        string instruction, int resultBits, (int Bits, ulong[] Values)[] sources, IReadOnlyList<ulong[]> tuples, bool isGuarded, EmulatorOptions? options)
    {
        var flat = new ulong[tuples.Count * 4];
        for (var n = 0; n < tuples.Count; n++)
            tuples[n].CopyTo(flat, 4 * n);
        using var kernel = new EmulatedKernel(Text(instruction, resultBits, [.. sources.Select(source => source.Bits)], isGuarded), options);
        var output = kernel.Buffer(8L * tuples.Count, "output");
        kernel.Buffer<ulong>(flat, "input");
        kernel.Pass(tuples.Count);
        kernel.Run(new Dim3((tuples.Count + 255) / 256), new Dim3(256));
        return kernel.Read<ulong>(output, tuples.Count);
    }

    /// <summary>All combinations of the sources' values.</summary>
    public static List<ulong[]> Combinations((int Bits, ulong[] Values)[] sources)
    {
        var tuples = new List<ulong[]> { Array.Empty<ulong>() };
        foreach (var (bits, values) in sources)
            tuples = [.. tuples.SelectMany(tuple => values, (tuple, value) => (ulong[])[.. tuple, Cut(value, bits)])];
        return tuples;
    }

    private static ulong Cut(ulong value, int bits) => bits == 64 ? value : value & ((1UL << bits) - 1);

    private static string Text(string instruction, int resultBits, int[] sourceBits, bool isGuarded)
    {
        var text = new StringBuilder(
            """
            .visible .entry probe(.param .u64 out, .param .u64 in, .param .u32 count)
            {
                .reg .pred %p<8>, %guard, %outside;
                .reg .b16 %h<8>;
                .reg .b32 %r<16>;
                .reg .b64 %rd<16>;
                ld.param.u64 %rd8, [out];
                ld.param.u64 %rd9, [in];
                ld.param.u32 %r8, [count];
                mov.u32 %r9, %ctaid.x;
                mov.u32 %r10, %tid.x;
                mad.lo.u32 %r9, %r9, 256, %r10;
                setp.ge.u32 %outside, %r9, %r8;
                @%outside exit;
                mad.wide.u32 %rd8, %r9, 8, %rd8;
                mad.wide.u32 %rd9, %r9, 32, %rd9;
                rem.u32 %r10, %r9, 3;
                setp.ne.u32 %guard, %r10, 0;

            """);
        for (var n = 0; n < sourceBits.Length; n++)
        {
            text.AppendLine($"    ld.global.u64 %rd{10 + n}, [%rd9+{8 * n}];");
            text.AppendLine(sourceBits[n] switch
            {
                1 => $"    setp.ne.u64 %p{1 + n}, %rd{10 + n}, 0;",
                16 => $"    cvt.u16.u64 %h{1 + n}, %rd{10 + n};",
                32 => $"    cvt.u32.u64 %r{1 + n}, %rd{10 + n};",
                _ => $"    mov.u64 %rd{1 + n}, %rd{10 + n};",
            });
        }
        text.AppendLine(resultBits switch
        {
            1 => "    setp.ne.u32 %p0, 0, 0;",
            16 => "    mov.u16 %h0, 0x5A5A;",
            32 => "    mov.u32 %r0, 0x5A5A5A5A;",
            _ => "    mov.u64 %rd0, 0x5A5A5A5A5A5A5A5A;",
        });
        var body = instruction.Replace("$d", Register(resultBits, 0));
        for (var n = 0; n < sourceBits.Length; n++)
            body = body.Replace("$" + "abce"[n], Register(sourceBits[n], 1 + n));
        foreach (var statement in body.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            text.AppendLine($"    {(isGuarded ? "@%guard " : "")}{statement};");
        text.AppendLine(resultBits switch
        {
            1 => "    selp.u64 %rd0, 1, 0, %p0;",
            16 => "    cvt.u64.u16 %rd0, %h0;",
            32 => "    cvt.u64.u32 %rd0, %r0;",
            _ => "",
        });
        text.AppendLine("    st.global.u64 [%rd8], %rd0;\n    ret;\n}");
        return text.ToString();
    }

    private static string Register(int bits, int number) => bits switch { 1 => "%p", 16 => "%h", 32 => "%r", _ => "%rd" } + number;
}
