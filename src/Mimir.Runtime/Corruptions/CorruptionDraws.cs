using Mimir.Kernels;
using Mimir.Runtime.Randomness;

namespace Mimir.Runtime.Corruptions;

/// <summary>The random numbers of one image under one corruption at one severity. They depend on the seed and these three alone.</summary>
internal sealed class CorruptionDraws
{
    private const double WordScale = 1.0 / 4294967296.0; // 2^-32
    private const double SmallRate = 10; // below, multiplying uniforms is cheaper than rejection

    private PhiloxStream _stream;
    private double _spare = double.NaN;

    /// <summary>Starts the stream.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="corruption">The corruption's place in <see cref="CorruptionCatalog.All"/>.</param>
    /// <param name="severity">From 1.</param>
    /// <param name="image">The image's number, below 2^32.</param>
    public CorruptionDraws(ulong seed, int corruption, int severity, int image)
    {
        var number = ((long)corruption * Corruption.Severities + severity - 1) << 32 | (uint)image;
        _stream = new PhiloxStream(seed, RandomStreams.Of(RandomPurpose.Corruption, number));
    }

    /// <summary>Uniform in [low, high), from one word.</summary>
    public double Uniform(double low, double high) => low + (high - low) * (_stream.NextUInt32() * WordScale);

    /// <summary>Uniform in [0, bound).</summary>
    public int Whole(int bound) => _stream.NextInt(bound);

    /// <summary>Normal, two from two words (Box and Muller 1958).</summary>
    public double Normal(double mean, double deviation)
    {
        if (!double.IsNaN(_spare))
        {
            var spare = _spare;
            _spare = double.NaN;
            return mean + deviation * spare;
        }

        var length = Math.Sqrt(-2 * Math.Log((_stream.NextUInt32() + 1.0) * WordScale)); // of a number in (0, 1]
        var (sine, cosine) = Math.SinCos(2 * Math.PI * (_stream.NextUInt32() * WordScale));
        _spare = length * sine;
        return mean + deviation * length * cosine;
    }

    /// <summary>A Poisson number: by products of uniforms below a rate of 10 (Knuth), by transformed rejection from there on
    /// (Hörmann 1993, "The transformed rejection method for generating Poisson random variables", algorithm PTRS).</summary>
    /// <param name="rate">The mean, not negative.</param>
    public int Poisson(double rate) => rate < SmallRate ? PoissonByProduct(rate) : PoissonByRejection(rate);

    private int PoissonByProduct(double rate)
    {
        var (limit, product, count) = (Math.Exp(-rate), Uniform(0, 1), 0);
        for (; product > limit; count++)
            product *= Uniform(0, 1);
        return count;
    }

    private int PoissonByRejection(double rate)
    {
        var b = 0.931 + 2.53 * Math.Sqrt(rate);
        var a = -0.059 + 0.02483 * b;
        var inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
        var bound = 0.9277 - 3.6224 / (b - 2);
        while (true)
        {
            var u = Uniform(-0.5, 0.5);
            var v = Uniform(0, 1);
            var us = 0.5 - Math.Abs(u);
            if (us <= 0 || v <= 0)
                continue;
            var k = Math.Floor((2 * a / us + b) * u + rate + 0.43);
            if (us >= 0.07 && v <= bound)
                return (int)k;
            if (k < 0 || (us < 0.013 && v > us))
                continue;
            if (Math.Log(v * inverseAlpha / (a / (us * us) + b)) <= k * Math.Log(rate) - rate - LogFactorial(k))
                return (int)k;
        }
    }

    /// <summary>log k!, by a table-free sum for small numbers and Stirling's series, whose error there is below 1e-10.</summary>
    private static double LogFactorial(double k)
    {
        if (k < 10)
        {
            var product = 1.0;
            for (var i = 2; i <= k; i++)
                product *= i;
            return Math.Log(product);
        }

        var x = k + 1;
        var square = x * x;
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + (1.0 / 12 - (1.0 / 360 - 1 / (1260 * square)) / square) / x;
    }
}
