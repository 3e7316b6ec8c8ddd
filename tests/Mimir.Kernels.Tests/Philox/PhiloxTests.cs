using Mimir.Kernels.Devices;

namespace Mimir.Kernels.Tests;

public class PhiloxTests
{
    private const ulong Seed = 0x123456789ABCDEF0;

    private static float[] Fractions(ulong stream, ulong offset, int count)
    {
        var words = new PhiloxStream(Seed, stream) { Position = offset };
        return [.. Enumerable.Range(0, count).Select(_ => words.NextUniform())];
    }

    private static float[] Draw(Device device, int count, Action<DeviceSpan<float>> draw)
    {
        using var y = device.Empty(count);
        draw(y);
        return y.Values();
    }

    // The answers that Random123 publishes: counter and key all zero, all ones, and the digits of pi.
    [TestCase(0ul, 0ul, 0ul, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(0x299f31d0a4093822ul, 0x85a308d3243f6a88ul, 0x0370734413198a2eul, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void BlocksHaveTheKnownAnswers(ulong key, ulong index, ulong stream, uint w0, uint w1, uint w2, uint w3) =>
        Assert.That(PhiloxBlock.Of(key, index, stream), Is.EqualTo(new PhiloxBlock(w0, w1, w2, w3)));

    [Test]
    public void UniformTakesTheWordsInOrderAtEveryWidth()
    {
        foreach (var device in KernelCases.Devices)
        foreach (var count in new[] { 0, 1, 3, 4, 31, 64, 511, 512, 513, 20011 })
        foreach (var offset in new ulong[] { 0, 1, 2, 3, 4, 4 * 0xFFFFFFFFul - 6 })
        {
            var u = Fractions(7, offset, count);
            var result = Draw(device, count, y => Philox.Uniform(Seed, 7, offset, 0, 1, y));
            Assert.That(result, Is.EqualTo(u), $"{device} {count} from {offset}");
        }
    }

    [Test]
    public void UniformStaysInItsRange()
    {
        foreach (var device in KernelCases.Devices)
        {
            // Around 1000 a float has steps of 6e-5, so the upper end would often be reached by rounding.
            var result = Draw(device, 20000, y => Philox.Uniform(Seed, 1, 0, 1000, 1000.001f, y));
            Assert.That(result, Has.All.GreaterThanOrEqualTo(1000f).And.All.LessThan(1000.001f));
            Assert.That(Draw(device, 9, y => Philox.Uniform(Seed, 1, 0, 0.25f, 0.25f, y)), Has.All.EqualTo(0.25f));
            var signed = Draw(device, 100000, y => Philox.Uniform(Seed, 2, 5, -2, 3, y));
            Assert.That(signed.Average(), Is.EqualTo(0.5).Within(0.02));
            Assert.That(signed.Average(v => (v - 0.5) * (v - 0.5)), Is.EqualTo(25 / 12.0).Within(0.03));
            Assert.That(signed.Min(), Is.InRange(-2f, -1.999f));
            Assert.That(signed.Max(), Is.InRange(2.999f, 3f));
        }
    }

    [Test]
    public void NormalIsBoxAndMullerOfTheWords()
    {
        foreach (var offset in new ulong[] { 0, 1, 2, 3 })
        {
            const int count = 20011;
            var u = Fractions(3, offset & ~1ul, count + 2);
            var expected = new double[count];
            for (var i = 0; i < count; i++)
            {
                var k = i + (int)(offset & 1);
                var radius = Math.Sqrt(-2 * Math.Log(u[k & ~1] + 1.0 / (1 << 24)));
                var angle = 2 * Math.PI * u[k | 1];
                expected[i] = 0.5 + 2 * radius * (k % 2 == 0 ? Math.Cos(angle) : Math.Sin(angle));
            }

            float[]? first = null;
            foreach (var device in KernelCases.Devices)
            {
                var result = Draw(device, count, y => Philox.Normal(Seed, 3, offset, 0.5f, 2, y));
                KernelCases.AssertClose(result, expected, 2e-6, 1e-6, $"{device} from {offset}");
                first ??= result;
                Assert.That(result, Is.EqualTo(first), $"{device} has the bits of {KernelCases.Hosts[0]}");
            }
        }
    }

    [Test]
    public void EveryDeviceHasTheBitsOfTheFirst(
        [Values(0ul, 1ul, 2ul, 3ul, 4 * 0xFFFFFFFFul - 6)] ulong offset, [Values(1, 2, 5, 64, 1023)] int count)
    {
        uint[]? first = null;
        foreach (var device in KernelCases.Devices)
        {
            var uniform = Draw(device, count, y => Philox.Uniform(Seed, 5, offset, -0.7f, 1.9f, y));
            var normal = Draw(device, count, y => Philox.Normal(Seed, 5, offset, 0, 1, y));
            uint[] bits = [.. uniform.Concat(normal).Select(BitConverter.SingleToUInt32Bits)];
            first ??= bits;
            Assert.That(bits, Is.EqualTo(first), $"{device} against {KernelCases.Hosts[0]}");
        }
    }

    [Test]
    public void PtxGivesTheSameBitsInAnyOrderAndPlace([Values(1, 4, 1030)] int count, [Values(0ul, 3ul)] ulong offset) =>
        KernelInvariants.AssertSameBitsInAnyOrderAndPlace(
            memory =>
            {
                var (uniform, normal) = (memory.Empty<float>(count), memory.Empty<float>(count));
                Philox.Uniform(Seed, 6, offset, -1, 1, uniform);
                Philox.Normal(Seed, 6, offset, 0, 1, normal);
                return (float[])[.. uniform.ToArray(), .. normal.ToArray()];
            },
            $"{count} from {offset}");

    [Test]
    public void NormalHasItsMoments()
    {
        var z = Draw(KernelCases.Hosts[^1], 400000, y => Philox.Normal(Seed, 4, 0, 0, 1, y));
        Assert.That(z.Average(), Is.EqualTo(0).Within(0.006));
        Assert.That(z.Average(v => (double)v * v), Is.EqualTo(1).Within(0.01));
        Assert.That(z.Average(v => Math.Pow(v, 4)), Is.EqualTo(3).Within(0.08));
        Assert.That(z.Zip(z.Skip(1), (a, b) => (double)a * b).Average(), Is.EqualTo(0).Within(0.006));
        Assert.That(z, Has.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public void SharingAndSplittingDoNotChangeBits()
    {
        KernelInvariants.AssertSameBits(host => Draw(host, 50001, y => Philox.Uniform(Seed, 9, 3, -1, 1, y)), "Uniform");
        KernelInvariants.AssertSameBits(host => Draw(host, 50001, y => Philox.Normal(Seed, 9, 3, 0, 1, y)), "Normal");
        var whole = Draw(KernelCases.Hosts[^1], 1000, y => Philox.Normal(Seed, 9, 3, 0, 1, y));
        var parts = Draw(
            KernelCases.Hosts[^1], 1000,
            y =>
            {
                Philox.Normal(Seed, 9, 3, 0, 1, y.Slice(0, 333));
                Philox.Normal(Seed, 9, 336, 0, 1, y.Slice(333, 667));
            });
        Assert.That(parts, Is.EqualTo(whole));
    }

    [Test]
    public void RefusesAnEmptyRangeAndAllocatesNothing()
    {
        using var host = KernelCases.WithThreads(1);
        using var y = host.Empty(1000);
        Assert.That(() => Philox.Uniform(1, 1, 0, 1, 0, y), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Philox.Uniform(1, 1, 0, 0, float.NaN, y), Throws.TypeOf<ArgumentOutOfRangeException>());
        KernelInvariants.AssertNoAllocation(() => Philox.Uniform(1, 1, 0, 0, 1, y), "Uniform");
        KernelInvariants.AssertNoAllocation(() => Philox.Normal(1, 1, 0, 0, 1, y), "Normal");
    }
}
