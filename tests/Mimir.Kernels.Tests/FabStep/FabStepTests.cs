using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

/// <summary><see cref="FabStep"/> against a float64 projection that sorts.</summary>
[TestFixture]
public class FabStepTests
{
    private static readonly (int Rows, int Values)[] s_shapes = [(0, 4), (1, 1), (2, 17), (3, 16), (4, 33), (2, 255), (2, 257), (3, 3073)];

    private static float[] Pixels(long count, int seed) => [.. KernelCases.Values(count, seed).Select(value => 0.5f + 0.5f * value)];

    /// <summary>Pixels of which every seventh lies on a wall, and weights of which every fifth is zero.</summary>
    private static (float[] Points, float[] Normals) Case(long count)
    {
        var (t, w) = (Pixels(count, 1), KernelCases.Values(count, 2));
        for (var i = 0; i < count; i++)
        {
            if (i % 7 == 3)
                t[i] = i % 2;
            if (i % 5 == 2)
                w[i] = 0;
        }

        return (t, w);
    }

    private static double[] Row(float[] array, int row, int values) => [.. array.Skip(row * values).Take(values).Select(v => (double)v)];

    /// <summary>Worked out by hand for t = (0.2, 0.9, 0.5, 0.05, 0.7), w = (1, −2, 0.5, 3, 0).</summary>
    [TestCase(true, -1.5f, new[] { -0.046154f, 0.046154f, -0.046154f, -0.046154f, 0 })]
    [TestCase(false, -1.5f, new[] { -0.028571f, 0.057143f, -0.014286f, -0.05f, 0 })]
    [TestCase(true, -1.95f, new[] { -0.2f, 0.1f, -0.4f, -0.05f, 0 })]
    [TestCase(false, -1.95f, new[] { -0.2f, 0.1f, -0.4f, -0.05f, 0 })]
    [TestCase(true, -2.5f, new[] { -0.2f, 0.1f, -0.5f, -0.05f, 0 })]
    [TestCase(false, -2.5f, new[] { -0.2f, 0.1f, -0.5f, -0.05f, 0 })]
    public void KnownMoves(bool linf, float offset, float[] expected)
    {
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded t = device.Place([0.2f, 0.9f, 0.5f, 0.05f, 0.7f]), b = device.Place([offset, -offset]);
            using KernelCases.Guarded w = device.Place([1, -2, 0.5f, 3, 0]), d = device.Empty(5);
            FabStep.Project(linf, t, w, b.Span.Slice(0, 1), 1, 5, d);
            Assert.That(d.Values(), Is.EqualTo(expected).Within(1e-6), $"{device}");
            using var negated = device.Place([-1, 2, -0.5f, -3, 0]);
            FabStep.Project(linf, t, negated, b.Span.Slice(1, 1), 1, 5, d);
            Assert.That(d.Values(), Is.EqualTo(expected).Within(1e-6), $"{device}: the same plane the other way round");
        }
    }

    [Test]
    public void MovesMatchTheProjectionThatSorts(
        [ValueSource(nameof(s_shapes))] (int Rows, int Values) shape, [Values] bool linf, [Values(0.01, 0.5, 0.999, 2)] double share)
    {
        var (rows, values) = shape;
        var (t, w) = Case((long)rows * values);
        var offsets = new float[rows];
        var expected = new List<double>();
        for (var row = 0; row < rows; row++)
        {
            // A share of what all values together can move ⟨w, ·⟩, down in even rows and up in odd ones.
            var (point, normal) = (Row(t, row, values), Row(w, row, values));
            var at = BoxProjection.Dot(normal, point);
            var furthest = normal.Sum(v => row % 2 == 0 ? Math.Min(v, 0) : Math.Max(v, 0));
            offsets[row] = (float)(at + share * (furthest - at));
            expected.AddRange(BoxProjection.Move(linf, point, normal, at - offsets[row]));
        }

        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded points = device.Place(t), normals = device.Place(w), b = device.Place(offsets), moves = device.Empty(t.Length);
            FabStep.Project(linf, points, normals, b, rows, values, moves);
            var result = moves.Values();
            KernelCases.AssertClose(result, expected.ToArray(), 1e-7, 0, $"{device}");
            for (var i = 0; i < result.Length; i++)
                Assert.That(t[i] + (double)result[i], Is.InRange(-1e-7, 1 + 1e-7), $"{device}: outside the box");
            FabStep.Project(linf, points, normals, b, rows, values, points);
            Assert.That(points.Values(), Is.EqualTo(result), $"{device}: over the points");
            points.Span.CopyFrom(t);
            FabStep.Project(linf, points, normals, b, rows, values, normals);
            Assert.That(normals.Values(), Is.EqualTo(result), $"{device}: over the normals");
        }
    }

    [Test]
    public void WeightsOfNoSizeStay()
    {
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded t = device.Place([0.5f, 0.5f, 0.5f]), w = device.Place([9e-9f, 1, 0]), d = device.Empty(3);
            using var b = device.Place([0.25f]);
            FabStep.Project(false, t, w, b, 1, 3, d);
            Assert.That(d.Values(), Is.EqualTo(new[] { 0, -0.25f, 0 }).Within(1e-7), $"{device} L2");
            FabStep.Project(true, t, w, b, 1, 3, d);
            Assert.That(d.Values(), Is.EqualTo(new[] { -0.25f, -0.25f, 0 }).Within(1e-7), $"{device} Linf");
            w.Span.CopyFrom([0, 0, 0]);
            FabStep.Project(true, t, w, b, 1, 3, d);
            Assert.That(d.Values(), Is.All.Zero, $"{device}: no weight at all");
        }
    }

    [Test]
    public void AStepMatchesTheReference(
        [ValueSource(nameof(s_shapes))] (int Rows, int Values) shape, [Values] bool linf, [Values(-0.3f, 0.2f, 0f)] float difference)
    {
        const float alphaMax = 0.1f;
        const float eta = 1.05f;
        var (rows, values) = shape;
        var (x0, w) = Case((long)rows * values);
        var x1 = x0.Zip(KernelCases.Values(x0.Length, 3), (x, noise) => Math.Clamp(x + 0.03f * noise, 0, 1)).ToArray();
        var differences = new float[rows];
        Array.Fill(differences, difference);
        var expected = new List<double>();
        for (var row = 0; row < rows; row++)
        {
            var (natural, point, normal) = (Row(x0, row, values), Row(x1, row, values), Row(w, row, values));
            var b = -difference + BoxProjection.Dot(normal, point);
            var d1 = BoxProjection.Move(linf, point, normal, difference);
            var d2 = BoxProjection.Move(linf, natural, normal, BoxProjection.Dot(normal, natural) - b);
            var (a1, a2) = (Math.Max(BoxProjection.Length(linf, d1), 1e-8), Math.Max(BoxProjection.Length(linf, d2), 1e-8));
            var alpha = Math.Min(a1 / (a1 + a2), alphaMax);
            expected.AddRange(Enumerable.Range(0, values).Select(
                i => Math.Clamp((point[i] + eta * d1[i]) * (1 - alpha) + (natural[i] + eta * d2[i]) * alpha, 0, 1)));
        }

        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded normals = device.Place(w), natural = device.Place(x0), points = device.Place(x1);
            using var margins = device.Place(differences);
            FabStep.Advance(linf, normals, margins, natural, rows, values, alphaMax, eta, points);
            KernelCases.AssertClose(points.Values(), expected.ToArray(), 1e-7, 0, $"{device}");
        }
    }

    [Test]
    public void BitsAreTheSameOnEveryDevice([Values] bool linf, [Values(5, 300, 3074)] int values)
    {
        const int rows = 3;
        var (x0, w) = Case(rows * values);
        var x1 = x0.Zip(KernelCases.Values(x0.Length, 3), (x, noise) => Math.Clamp(x + 0.03f * noise, 0, 1)).ToArray();
        float[]? expected = null;
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded normals = device.Place(w), natural = device.Place(x0), points = device.Place(x1);
            using KernelCases.Guarded differences = device.Place([-0.4f, 0.1f, -0.02f]), moves = device.Empty(x0.Length);
            FabStep.Project(linf, points, normals, differences, rows, values, moves);
            FabStep.Advance(linf, normals, differences, natural, rows, values, 0.1f, 1.05f, points);
            float[] all = [.. moves.Values(), .. points.Values()];
            expected ??= all;
            Assert.That(all, Is.EqualTo(expected), $"{device}");
        }
    }

    [Test]
    public void ANaNSpoilsItsRowOnly([Values] bool linf)
    {
        foreach (var device in KernelCases.Devices)
        {
            using KernelCases.Guarded normals = device.Place([1, float.NaN, 2, 1, 1, 2]), points = device.Place([0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f]);
            using KernelCases.Guarded natural = device.Place([0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f]), differences = device.Place([0.1f, -0.1f]);
            FabStep.Advance(linf, normals, differences, natural, 2, 3, 0.1f, 1.05f, points);
            Assert.That(Array.ConvertAll(points.Values(), float.IsNaN), Is.EqualTo(new[] { true, true, true, false, false, false }), $"{device}");
        }
    }

    [Test]
    public void SharingDoesNotChangeBits() =>
        KernelInvariants.AssertSameBits(
            host =>
            {
                using KernelCases.Guarded normals = host.Place(KernelCases.Values(5 * 301, 1)), points = host.Place(Pixels(5 * 301, 2));
                using KernelCases.Guarded natural = host.Place(Pixels(5 * 301, 3)), differences = host.Place([-1, -0.5f, 0, 0.5f, 1]);
                FabStep.Advance(false, normals, differences, natural, 5, 301, 0.1f, 1.05f, points);
                return points.Values();
            },
            "Advance");

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values] bool linf, [Values(5, 600)] int values) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                const int rows = 3;
                var (x0, w) = Case(rows * values);
                DeviceSpan<float> normals = memory.Place(w), natural = memory.Place(x0), differences = memory.Place([-0.4f, 0.1f, -0.02f]);
                DeviceSpan<float> points = memory.Place(Pixels(rows * values, 4)), moves = memory.Empty<float>(rows * values);
                FabStep.Project(linf, points, normals, differences, rows, values, moves);
                FabStep.Advance(linf, normals, differences, natural, rows, values, 0.1f, 1.05f, points);
                return (float[])[.. moves.ToArray(), .. points.ToArray()];
            },
            $"{values} values");

    [Test]
    public void WrongArgumentsAreNamed()
    {
        using KernelCases.Guarded a = KernelCases.Hosts[0].Empty(8), one = KernelCases.Hosts[0].Empty(1), c = KernelCases.Hosts[0].Empty(9);
        Assert.That(() => FabStep.Project(true, a, a, c, 1, 8, a), Throws.TypeOf<ShapeException>().With.Message.Contains("offsets"));
        Assert.That(() => FabStep.Project(true, a, c, one, 1, 8, a), Throws.TypeOf<ShapeException>().With.Message.Contains("normals"));
        Assert.That(() => FabStep.Project(true, a, a, one, 1, 8, c), Throws.TypeOf<ShapeException>().With.Message.Contains("moves"));
        Assert.That(() => FabStep.Advance(true, a, one, c, 1, 8, 0.1f, 1, a), Throws.TypeOf<ShapeException>().With.Message.Contains("natural"));
        Assert.That(() => FabStep.Advance(true, a, c, a, 1, 8, 0.1f, 1, a), Throws.TypeOf<ShapeException>().With.Message.Contains("differences"));
        using KernelCases.Guarded x = KernelCases.Hosts[0].Place(Pixels(8, 1)), w = KernelCases.Hosts[0].Place(KernelCases.Values(8, 2)), b = KernelCases.Hosts[0].Place([0.1f]);
        KernelInvariants.AssertNoAllocation(() => FabStep.Advance(true, w, b, x, 1, 8, 0.1f, 1.05f, x), "Advance");
    }
}
