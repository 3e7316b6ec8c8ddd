using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary>The general products.</summary>
public class MatMulTests
{
    // Tile edges of every width (rows 4, 6, 8, 12; columns 1, 2, 4, 8, 16, 32) and of the GPU (64 and 32 at a time) ± 1, primes, none at
    // all, and cut depths.
    private static readonly (int M, int N, int K)[] s_shapes =
    [
        (0, 5, 3), (5, 0, 3), (3, 5, 0), (1, 1, 1), (2, 3, 5), (4, 16, 7), (5, 15, 4), (6, 17, 8), (7, 31, 13), (8, 32, 9), (11, 33, 3),
        (12, 32, 31), (13, 47, 6), (17, 48, 12), (24, 64, 17), (25, 65, 2), (23, 97, 29), (3, 10, 384), (9, 37, 385), (14, 35, 1031),
        (64, 64, 32), (63, 65, 33), (65, 63, 31), (128, 32, 64), (129, 60, 65), (68, 132, 36),
    ];

    private static readonly (Product Run, bool ATransposed, bool BTransposed)[] s_products =
        [(MatMul.NN, false, false), (MatMul.NT, false, true), (MatMul.TN, true, false)];

    private delegate void Product(
        DeviceSpan<float> a, DeviceSpan<float> b, int m, int n, int k, DeviceSpan<float> c, bool accumulate);

    /// <summary>Floats in front of each matrix.</summary>
    private readonly record struct Shifts(int A, int B, int C);

    /// <summary>c = a·b.</summary>
    [TestCaseSource(typeof(KernelCases), nameof(KernelCases.DevicesOfEveryPrecision))]
    public void NN(Device device) => Check(device, MatMul.NN, false, false);

    /// <summary>c = a·bᵀ.</summary>
    [TestCaseSource(typeof(KernelCases), nameof(KernelCases.DevicesOfEveryPrecision))]
    public void NT(Device device) => Check(device, MatMul.NT, false, true);

    /// <summary>c = aᵀ·b.</summary>
    [TestCaseSource(typeof(KernelCases), nameof(KernelCases.DevicesOfEveryPrecision))]
    public void TN(Device device) => Check(device, MatMul.TN, true, false);

    /// <summary>Every matrix may begin at any float: a GPU copies 16 bytes at once only where it can.</summary>
    [TestCaseSource(typeof(KernelCases), nameof(KernelCases.DevicesOfEveryPrecision))]
    public void MatricesAtOddAddresses(Device device)
    {
        const int M = 68, N = 36, K = 40;
        for (var shifted = 1; shifted < 8; shifted++)
        {
            foreach (var (product, aTransposed, bTransposed) in s_products)
            {
                var shifts = new Shifts(shifted & 1, shifted >> 1 & 1, shifted >> 2);
                CheckShape(device, product, aTransposed, bTransposed, M, N, K, shifted % 2 == 0, shifts);
            }
        }
    }

    /// <summary>A product whose panels are more than the second-level cache takes at once.</summary>
    [TestCaseSource(typeof(KernelCases), nameof(KernelCases.Hosts))]
    public void SeveralBlocksOfPanels(HostDevice host)
    {
        var blocks = 3 * ProductBlocking.PanelCacheBytes / 2 / ProductBlocking.LongestSlice / sizeof(float);
        CheckShape(host, MatMul.NN, false, false, 13, (int)blocks + 5, ProductBlocking.LongestSlice, false);
        CheckShape(host, MatMul.TN, true, false, 13, (int)blocks + 5, ProductBlocking.LongestSlice, true);
    }

    /// <summary>The number of threads changes no bit.</summary>
    [Test]
    public void SameBitsWithAnyNumberOfThreads()
    {
        const int M = 101, N = 83, K = 401;
        var a = KernelCases.Values(M * K, 1);
        var b = KernelCases.Values(K * N, 2);
        foreach (var product in new Product[] { MatMul.NN, MatMul.NT, MatMul.TN })
        {
            var results = new List<float[]>();
            foreach (var threads in new[] { 1, 2, 3 })
            {
                using var host = KernelCases.WithThreads(threads);
                using var left = host.Place(a);
                using var right = host.Place(b);
                using var c = host.Empty(M * N);
                product(left, right, M, N, K, c, false);
                results.Add(c.Values());
            }

            Assert.That(results[1], Is.EqualTo(results[0]));
            Assert.That(results[2], Is.EqualTo(results[0]));
        }
    }

    /// <summary>Wrong sizes are refused with the name of the culprit.</summary>
    [Test]
    public void WrongSizesAreRefused()
    {
        var host = KernelCases.Hosts[^1];
        using var six = host.Empty(6);
        using var four = host.Empty(4);
        Assert.That(() => MatMul.NN(six, six, 2, 2, 3, six), Throws.TypeOf<ShapeException>().With.Message.Contains("MatMul.NN: c has 6"));
        Assert.That(() => MatMul.NT(four, six, 2, 2, 3, four), Throws.TypeOf<ShapeException>().With.Message.Contains("a has 4"));
        Assert.That(() => MatMul.TN(six, four, 2, 2, 3, four), Throws.TypeOf<ShapeException>().With.Message.Contains("b has 4"));
        Assert.That(() => MatMul.NN(six, six, -1, 2, 3, six), Throws.TypeOf<ShapeException>());
    }

    /// <summary>A call leaves nothing for the garbage collector.</summary>
    [Test]
    public void CallsDoNotAllocate()
    {
        using var host = KernelCases.WithThreads(1);
        using var a = host.Place(KernelCases.Values(40 * 50, 3));
        using var c = host.Empty(40 * 40);
        var allocated = 0L;
        for (var i = 0; i < 3; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            MatMul.NN(a, a, 40, 40, 50, c);
            MatMul.NT(a, a, 40, 40, 50, c);
            MatMul.TN(a, a, 40, 40, 50, c);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.That(allocated, Is.Zero);
    }

    /// <summary>All three products of a shape, overwriting and adding.</summary>
    internal static void CheckProducts(Device device, int m, int n, int k)
    {
        foreach (var (product, aTransposed, bTransposed) in s_products)
        {
            CheckShape(device, product, aTransposed, bTransposed, m, n, k, false);
            CheckShape(device, product, aTransposed, bTransposed, m, n, k, true);
        }
    }

    private static void Check(Device device, Product product, bool aTransposed, bool bTransposed)
    {
        foreach (var (m, n, k) in s_shapes)
        {
            CheckShape(device, product, aTransposed, bTransposed, m, n, k, false);
            CheckShape(device, product, aTransposed, bTransposed, m, n, k, true);
        }
    }

    private static void CheckShape(
        Device device, Product product, bool aTransposed, bool bTransposed, int m, int n, int k, bool accumulate, Shifts shifts = default)
    {
        var a = KernelCases.Values((long)m * k, 1);
        var b = KernelCases.Values((long)k * n, 2);
        var start = KernelCases.Values((long)m * n, 3);
        using var left = device.Place([.. new float[shifts.A], .. a]);
        using var right = device.Place([.. new float[shifts.B], .. b]);
        using var c = device.Place([.. new float[shifts.C], .. start]);
        product(
            left.Span.Slice(shifts.A, a.Length), right.Span.Slice(shifts.B, b.Length), m, n, k, c.Span.Slice(shifts.C, start.Length), accumulate);

        var precision = device.Precision;
        var expected = MatMulReference.Product(
            MatMulReference.Rounded(a, precision), aTransposed, MatMulReference.Rounded(b, precision), bTransposed, m, n, k);
        if (accumulate)
        {
            for (var i = 0; i < expected.Length; i++)
                expected[i] += start[i];
        }

        var what = $"{(aTransposed ? 'T' : 'N')}{(bTransposed ? 'T' : 'N')} {m} x {n} x {k}, {device}, accumulate {accumulate}, {shifts}";
        KernelCases.AssertClose(c.Values().AsSpan(shifts.C), expected, MatMulReference.Bound(k, precision), 1e-6, what);
    }
}
