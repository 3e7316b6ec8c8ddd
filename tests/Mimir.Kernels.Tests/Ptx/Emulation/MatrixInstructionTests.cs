using System.Text;
using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>mma.sync and ldmatrix: fragments element by element, sums against f64, rounding models on cases worked out by hand.</summary>
[Parallelizable(ParallelScope.Children)]
public sealed class MatrixInstructionTests
{
    /// <summary>A shape with its types: columns of k, type of the factors, type of the accumulators.</summary>
    public sealed record Shape(int Depth, string Factor, string Accumulator)
    {
        public int Registers => Factor == "tf32" ? Depth / 2 : Depth / 4;

        public int Results => Accumulator == "f32" ? 4 : 2;

        public override string ToString() => $"m16n8k{Depth} {Factor} {Accumulator}";
    }

    private static readonly Shape[] Shapes =
    [
        new(16, "f16", "f32"), new(8, "f16", "f32"), new(16, "f16", "f16"), new(8, "f16", "f16"), new(16, "bf16", "f32"), new(8, "bf16", "f32"),
        new(8, "tf32", "f32"), new(4, "tf32", "f32"),
    ];

    private static readonly MmaModel[] Models = [MmaModel.Fast, MmaModel.Ampere, MmaModel.Hopper];

    /// <summary>Small integers are exact in every type and model: any misplaced element shows.</summary>
    [Test]
    public void Fragments([ValueSource(nameof(Shapes))] Shape shape, [ValueSource(nameof(Models))] MmaModel model)
    {
        var random = new Random(1);
        var (a, b, c) = (Matrix(16, shape.Depth), Matrix(shape.Depth, 8), Matrix(16, 8));
        var d = Multiply(shape, a, b, c, model);
        for (var row = 0; row < 16; row++)
        {
            for (var column = 0; column < 8; column++)
            {
                var expected = c[row, column] + Enumerable.Range(0, shape.Depth).Sum(k => a[row, k] * b[k, column]);
                Assert.That(d[row, column], Is.EqualTo(expected), $"{shape}: D[{row}][{column}]");
            }
        }

        double[,] Matrix(int rows, int columns)
        {
            var matrix = new double[rows, columns];
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                    matrix[row, column] = random.Next(-9, 10);
            }
            return matrix;
        }
    }

    /// <summary>|error| ≤ K · 2^-23 · the largest term.</summary>
    [Test]
    public void SumsAgainstDouble([ValueSource(nameof(Shapes))] Shape shape, [ValueSource(nameof(Models))] MmaModel model)
    {
        var random = new Random(2);
        double Value() => Rounded((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-6, 6)), shape.Factor);
        var (a, b, c) = (new double[16, shape.Depth], new double[shape.Depth, 8], new double[16, 8]);
        for (var n = 0; n < 16 * shape.Depth; n++)
            a[n / shape.Depth, n % shape.Depth] = Value();
        for (var n = 0; n < 8 * shape.Depth; n++)
            b[n / 8, n % 8] = Value();
        for (var n = 0; n < 128; n++)
            c[n / 8, n % 8] = Rounded(random.NextDouble() - 0.5, shape.Accumulator);
        var d = Multiply(shape, a, b, c, model);
        var unit = shape.Accumulator == "f16" ? Math.Pow(2, -10) : Math.Pow(2, -23);
        for (var n = 0; n < 128; n++)
        {
            var (row, column) = (n / 8, n % 8);
            var terms = Enumerable.Range(0, shape.Depth).Select(k => a[row, k] * b[k, column]).Append(c[row, column]).ToList();
            Assert.That(d[row, column], Is.EqualTo(terms.Sum()).Within((shape.Depth + 1) * Math.Pow(2, -23) * terms.Max(Math.Abs) + unit * Math.Abs(terms.Sum())));
        }
    }

    /// <summary>1 + 2^-24 in one step: the small product falls off Ampere's 24 fraction bits when the largest term lies in [2, 4).</summary>
    [Test]
    public void ModelsByHand()
    {
        var shape = new Shape(16, "f16", "f32");
        double Corner(MmaModel model, double accumulator, params (int K, double A, double B)[] products)
        {
            var (a, b, c) = (new double[16, 16], new double[16, 8], new double[16, 8]);
            c[0, 0] = accumulator;
            foreach (var (k, left, right) in products)
                (a[0, k], b[k, 0]) = (left, right);
            return Multiply(shape, a, b, c, model)[0, 0];
        }
        var tiny = Math.Pow(2, -12);

        // 1 + 2^-24: exact in f64, where a tie goes to even; both models keep the bit and then truncate it.
        Assert.That(Corner(MmaModel.Fast, 1, (0, tiny, tiny)), Is.EqualTo(1));
        Assert.That(Corner(MmaModel.Ampere, 1, (0, tiny, tiny)), Is.EqualTo(1));

        // 1 + 2 · 2^-24 = 1 + 2^-23: kept by 24 fraction bits below 2^0.
        Assert.That(Corner(MmaModel.Ampere, 1, (0, tiny, tiny), (1, tiny, tiny)), Is.EqualTo(1 + Math.Pow(2, -23)));

        // The same from different halves of k: Ampere truncates between them, Hopper does not.
        Assert.That(Corner(MmaModel.Ampere, 1, (0, tiny, tiny), (8, tiny, tiny)), Is.EqualTo(1));
        Assert.That(Corner(MmaModel.Hopper, 1, (0, tiny, tiny), (8, tiny, tiny)), Is.EqualTo(1 + Math.Pow(2, -23)));

        // Four times 2^-25: each falls off Ampere's 24 bits, Hopper's 25 keep them.
        Assert.That(Corner(MmaModel.Ampere, 1, (0, tiny, tiny / 2), (1, tiny, tiny / 2), (2, tiny, tiny / 2), (3, tiny, tiny / 2)), Is.EqualTo(1));
        Assert.That(Corner(MmaModel.Hopper, 1, (0, tiny, tiny / 2), (1, tiny, tiny / 2), (2, tiny, tiny / 2), (3, tiny, tiny / 2)), Is.EqualTo(1 + Math.Pow(2, -23)));

        // Truncation toward zero, of either sign.
        Assert.That(Corner(MmaModel.Ampere, 1, (0, 1.5 * tiny, tiny)), Is.EqualTo(1));
        Assert.That(Corner(MmaModel.Ampere, -1, (0, -1.5 * tiny, tiny)), Is.EqualTo(-1));
        Assert.That(Corner(MmaModel.Fast, -1, (0, -1.5 * tiny, tiny)), Is.EqualTo(-1 - Math.Pow(2, -23)));
    }

    [Test]
    public void Specials([ValueSource(nameof(Models))] MmaModel model)
    {
        var shape = new Shape(8, "tf32", "f32");
        double Corner(double accumulator, double left, double right)
        {
            var (a, b, c) = (new double[16, 8], new double[8, 8], new double[16, 8]);
            (a[0, 3], b[3, 0], c[0, 0]) = (left, right, accumulator);
            return Multiply(shape, a, b, c, model)[0, 0];
        }
        Assert.That(Corner(1, double.PositiveInfinity, 2), Is.EqualTo(double.PositiveInfinity));
        Assert.That(Corner(double.NegativeInfinity, 1, 2), Is.EqualTo(double.NegativeInfinity));
        Assert.That(Corner(double.NegativeInfinity, double.PositiveInfinity, 2), Is.NaN);
        Assert.That(Corner(0, double.PositiveInfinity, 0), Is.NaN);
        Assert.That(Corner(double.NaN, 1, 1), Is.NaN);

        // The low 13 bits of a tf32 operand are not read.
        Assert.That(Corner(0, 1 + Math.Pow(2, -11), 1), Is.EqualTo(1));
        Assert.That(Corner(0, Math.Pow(2, -130), Math.Pow(2, 20)), Is.EqualTo(Math.Pow(2, -110)));
    }

    private static double Rounded(double value, string type) => type switch
    {
        "f16" => (double)(Half)value,
        "bf16" => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)value) & 0xFFFF_0000),
        "tf32" => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits((float)value) & 0xFFFF_E000),
        _ => (float)value,
    };

    /// <summary>A product, packed into fragments by the tables of the manual, one lane after the other.</summary>
    private static double[,] Multiply(Shape shape, double[,] a, double[,] b, double[,] c, MmaModel model)
    {
        var words = new uint[32 * 16];
        for (var lane = 0; lane < 32; lane++)
        {
            var (g, t) = (lane / 4, lane % 4);
            for (var n = 0; n < shape.Registers; n++)
            {
                var (row, piece) = (g + 8 * (n % 2), n / 2);
                words[lane * 16 + n] = shape.Factor == "tf32"
                    ? Pack(a[row, t + 4 * piece])
                    : Pair(shape.Factor, a[row, 2 * t + 8 * piece], a[row, 2 * t + 8 * piece + 1]);
            }
            for (var n = 0; n < shape.Registers / 2; n++)
            {
                words[lane * 16 + 4 + n] = shape.Factor == "tf32"
                    ? Pack(b[t + 4 * n, g])
                    : Pair(shape.Factor, b[2 * t + 8 * n, g], b[2 * t + 8 * n + 1, g]);
            }
            for (var n = 0; n < shape.Results; n++)
            {
                words[lane * 16 + 8 + n] = shape.Accumulator == "f32"
                    ? Pack(c[g + 8 * (n / 2), 2 * t + n % 2])
                    : Pair("f16", c[g + 8 * n, 2 * t], c[g + 8 * n, 2 * t + 1]);
            }
        }
        using var kernel = new EmulatedKernel(Text(shape), new EmulatorOptions { Mma = model });
        var output = kernel.Buffer(32 * 4 * 4, "d");
        kernel.Buffer<uint>(words, "fragments");
        kernel.Run(new Dim3(1), new Dim3(32));
        var results = kernel.Read<uint>(output, 32 * 4);
        var d = new double[16, 8];
        for (var lane = 0; lane < 32; lane++)
        {
            var (g, t) = (lane / 4, lane % 4);
            for (var n = 0; n < shape.Results; n++)
            {
                var word = results[lane * 4 + n];
                if (shape.Accumulator == "f32")
                    d[g + 8 * (n / 2), 2 * t + n % 2] = BitConverter.UInt32BitsToSingle(word);
                else
                    (d[g + 8 * n, 2 * t], d[g + 8 * n, 2 * t + 1]) = ((double)BitConverter.UInt16BitsToHalf((ushort)word), (double)BitConverter.UInt16BitsToHalf((ushort)(word >> 16)));
            }
        }
        return d;
    }

    private static uint Pack(double value) => BitConverter.SingleToUInt32Bits((float)value);

    private static uint Pair(string type, double low, double high)
    {
        uint Bits(double value) => type == "f16" ? BitConverter.HalfToUInt16Bits((Half)value) : Pack(value) >> 16;
        return Bits(high) << 16 | Bits(low);
    }

    private static string Text(Shape shape)
    {
        var text = new StringBuilder(
            """
            .visible .entry multiply(.param .u64 d, .param .u64 fragments)
            {
                .reg .b32 %r<20>, %lane;
                .reg .f32 %f<8>;
                .reg .b64 %rd<4>;
                ld.param.u64 %rd0, [d];
                ld.param.u64 %rd1, [fragments];
                mov.u32 %lane, %laneid;
                mad.wide.u32 %rd0, %lane, 16, %rd0;
                mad.wide.u32 %rd1, %lane, 64, %rd1;

            """);
        for (var n = 0; n < 12; n++)
            text.AppendLine($"    ld.global.u32 %r{n}, [%rd1+{4 * n}];");
        for (var n = 0; n < 4; n++)
            text.AppendLine($"    mov.b32 %f{n}, %r{8 + n};");
        string List(string register, int first, int count) => "{" + string.Join(", ", Enumerable.Range(first, count).Select(n => register + n)) + "}";
        var isSingle = shape.Accumulator == "f32";
        var (d, c) = isSingle ? (List("%f", 4, 4), List("%f", 0, 4)) : (List("%r", 12, 2), List("%r", 8, 2));
        text.AppendLine(
            $"    mma.sync.aligned.m16n8k{shape.Depth}.row.col.{shape.Accumulator}.{shape.Factor}.{shape.Factor}.{shape.Accumulator} "
            + $"{d}, {List("%r", 0, shape.Registers)}, {List("%r", 4, shape.Registers / 2)}, {c};");
        for (var n = 0; n < shape.Results; n++)
            text.AppendLine(isSingle ? $"    st.global.f32 [%rd0+{4 * n}], %f{4 + n};" : $"    st.global.u32 [%rd0+{4 * n}], %r{12 + n};");
        return text.AppendLine("    ret;\n}").ToString();
    }

    /// <summary>Rows of 16 bytes at addresses of the lanes, as the manual's table distributes them.</summary>
    [Test]
    public void MatrixLoads([Values(1, 2, 4)] int matrices, [Values("", ".trans")] string transposition)
    {
        var registers = string.Join(", ", Enumerable.Range(8, matrices).Select(n => $"%r{n}"));
        for (var matrix = 0; matrix < matrices; matrix++)
        {
            // Element (row, column) of matrix i holds 1000 i + 10 row + column; rows lie in reverse order, 48 bytes apart.
            var results = ThreadProgram.Run(
                $$"""
                    mov.u32 %r1, tile;
                    setp.lt.u32 %p0, %tid, 32;
                    sub.u32 %r2, 31, %lane;
                    mul.lo.u32 %r2, %r2, 48;
                    add.u32 %r2, %r2, %r1;
                    shr.u32 %r3, %lane, 3;
                    mul.lo.u32 %r3, %r3, 1000;
                    and.b32 %r4, %lane, 7;
                    mad.lo.u32 %r3, %r4, 10, %r3;
                    mov.u32 %r5, 0;
                fill:
                    add.u32 %r6, %r3, %r5;
                    cvt.u16.u32 %h0, %r6;
                    shl.b32 %r7, %r5, 1;
                    add.u32 %r7, %r7, %r2;
                    st.shared.u16 [%r7], %h0;
                    add.u32 %r5, %r5, 1;
                    setp.lt.u32 %p1, %r5, 8;
                    @%p1 bra fill;
                    bar.sync 0;
                    ldmatrix.sync.aligned.m8n8.x{{matrices}}{{transposition}}.shared.b16 { {{registers}} }, [%r2];
                    mov.u32 %result, %r{{8 + matrix}};
                """);
            for (var lane = 0; lane < 32; lane++)
            {
                var (major, minor) = (lane / 4, 2 * (lane % 4));
                int Element(int row, int column) => transposition == "" ? 1000 * matrix + 10 * row + column : 1000 * matrix + 10 * column + row;
                Assert.That(results[lane], Is.EqualTo((uint)(Element(major, minor + 1) << 16 | Element(major, minor))), $"matrix {matrix} lane {lane}");
            }
        }
    }
}
