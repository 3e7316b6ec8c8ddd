using Mimir.Kernels.Ptx;
using Mimir.Kernels.Ptx.Emulation;

namespace Mimir.Kernels.Tests.Ptx.Emulation;

/// <summary>What clang made of the sources in Corpus/sources, at several levels of optimisation, against the same written in C#; all checks on.</summary>
[TestFixture("O0")]
[TestFixture("O2")]
[TestFixture("O3")]
public sealed class CompiledKernelTests(string level)
{
    private static float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(n => (n * 37 % 101 - 50) * 0.25f)];

    private EmulatedKernel Load(string file, string entry)
    {
        var path = PtxFiles.Corpus.Single(path => Path.GetFileName(path) == $"{file}-{level}.ptx");
        return new EmulatedKernel(File.ReadAllText(path), new EmulatorOptions { Checks = EmulatorChecks.All }) { Entry = entry };
    }

    [Test]
    public void Saxpy()
    {
        using var kernel = Load("elementwise", "saxpy");
        var (x, y) = (Floats(1000), Floats(1000));
        kernel.Pass(1000);
        kernel.Pass(0.5f);
        kernel.Buffer<float>(x);
        var result = kernel.Buffer<float>(y);
        kernel.Run(new Dim3(8), new Dim3(128));
        Assert.That(kernel.Read<float>(result, 1000), Is.EqualTo(x.Zip(y, (a, b) => 0.5f * a + b)).Within(1).Ulps);
    }

    [Test]
    public void SwitchOverValues()
    {
        using var kernel = Load("elementwise", "choose");
        int[] values = [.. Enumerable.Range(0, 64).Select(n => n % 11 - 1)];
        kernel.Pass(3);
        kernel.Buffer<int>(values);
        var result = kernel.Buffer<int>(new int[64]);
        kernel.Run(new Dim3(1), new Dim3(64));
        Assert.That(kernel.Read<int>(result, 64), Is.EqualTo(values.Select(v => v switch
        {
            0 => 5,
            1 => 21,
            2 => v << 3,
            3 => v >>> 3,
            4 => 0,
            9 => v >> 3,
            _ => ~v,
        })));
    }

    [Test]
    public void LocalArrays()
    {
        using var kernel = Load("elementwise", "local_array");
        int[] index = [.. Enumerable.Range(0, 80).Select(n => n * 7 - 20)];
        kernel.Buffer<int>(index);
        var result = kernel.Buffer(4 * 64);
        kernel.Run(new Dim3(1), new Dim3(64));
        Assert.That(kernel.Read<float>(result, 64), Is.EqualTo(Enumerable.Range(0, 64).Select(thread =>
        {
            var values = Enumerable.Range(0, 16).Select(n => n * 0.5f).ToArray();
            values[index[thread] & 15] = 3;
            return Enumerable.Range(0, 16).Sum(n => values[index[thread + n] & 15]);
        })));
    }

    [Test]
    public void BlockReduction()
    {
        using var kernel = Load("memory", "reduce");
        var x = Floats(1000);
        kernel.Buffer<float>(x);
        var result = kernel.Buffer(4 * 3);
        kernel.Pass(1000);
        kernel.Run(new Dim3(3), new Dim3(128));
        Assert.That(kernel.Read<float>(result, 3), Is.All.EqualTo(x.Sum()), "quarters are summed exactly");
    }

    [Test]
    public void WarpReduction()
    {
        using var kernel = Load("memory", "warp_reduce");
        var x = Floats(64);
        kernel.Buffer<float>(x);
        var result = kernel.Buffer(4 * 2);
        kernel.Run(new Dim3(1), new Dim3(64));
        Assert.That(kernel.Read<float>(result, 2), Is.EqualTo(Enumerable.Range(0, 2).Select(warp =>
        {
            // What every lane holds after the halving: a lane beyond the end adds its own value.
            var v = x[(32 * warp)..(32 * warp + 32)];
            for (var offset = 16; offset > 0; offset /= 2)
                v = [.. v.Select((value, lane) => value + v[lane + offset < 32 ? lane + offset : lane])];
            return v[0] + (v.All(value => value > 0) ? 1 : 0) + v.Count(value => value > 1 && (int)value == (int)v[0]);
        })));
    }

    [Test]
    public void Transposition()
    {
        using var kernel = Load("memory", "transpose");
        var x = Floats(64 * 64);
        kernel.Buffer<float>(x);
        var result = kernel.Buffer<float>(new float[64 * 64]);
        kernel.Pass(64);
        kernel.Run(new Dim3(2), new Dim3(256));
        var y = kernel.Read<float>(result, 64 * 64);
        for (var row = 0; row < 64; row++)
        {
            for (var column = 0; column < 32; column++)
                Assert.That(y[row * 64 + column], Is.EqualTo(x[column * 64 + row]), $"{row}, {column}");
        }
    }

    [Test]
    public void DynamicSharedMemoryAndModuleVariables()
    {
        using var kernel = Load("memory", "dynamic_shared");
        var x = Floats(96);
        kernel.Buffer<float>(x);
        var result = kernel.Buffer(4 * 96);
        kernel.Run(new Dim3(1), new Dim3(96), shared: 4 * 96);
        float[] table = [1, -2.5f, 3e-9f, 0, 0];
        Assert.That(kernel.Read<float>(result, 96), Is.EqualTo(Enumerable.Range(0, 96).Select(t =>
            x[95 - t] * table[t % 5] + 7 + "Mimir\0"[t % 6] + (t % 3 == 0 ? 4 : 0) + 7)).Within(1e-4f));
    }

    [Test]
    public void CallsOfEveryKind()
    {
        using var kernel = Load("calls", "caller");
        var x = Floats(1);
        var values = kernel.Buffer<float>(x);
        var pairs = kernel.Buffer<double>([BitConverter.UInt64BitsToDouble(BitConverter.SingleToUInt32Bits(1.5f)), 2.25]);
        var numbers = kernel.Buffer<int>([11, 300, 4]);
        var output = kernel.Buffer(8);
        kernel.Run(new Dim3(1), new Dim3(1));
        Assert.That(kernel.Read<float>(values, 1)[0], Is.EqualTo(2 * x[0]));
        Assert.That(kernel.Read<float>(pairs, 1)[0], Is.EqualTo(2.25f));
        Assert.That(kernel.Read<double>(pairs, 2)[1], Is.EqualTo(1.5));
        Assert.That(kernel.Read<int>(numbers, 1)[0], Is.EqualTo(144), "the twelfth Fibonacci number");
        Assert.That(kernel.Read<ulong>(output, 1)[0], Is.EqualTo(144UL + 300 + 1));
    }
}
