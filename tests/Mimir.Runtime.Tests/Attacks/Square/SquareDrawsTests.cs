using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class SquareDrawsTests
{
    [Test]
    public void WindowsAreSharedInTheReferenceOnly([Values] bool reference)
    {
        var (one, other) = (new SquareDraws(3, 0, 7, reference), new SquareDraws(3, 0, 8, reference));
        var (places, otherPlaces) = (Places(ref one), Places(ref other));
        var (signs, otherSigns) = (new float[64], new float[64]);
        one.SharedSigns(signs);
        other.SharedSigns(otherSigns);
        Assert.That(places, reference ? Is.EqualTo(otherPlaces) : Is.Not.EqualTo(otherPlaces));
        Assert.That(signs, reference ? Is.EqualTo(otherSigns) : Is.Not.EqualTo(otherSigns));
        one.OwnSigns(signs);
        other.OwnSigns(otherSigns);
        Assert.That(signs, Is.Not.EqualTo(otherSigns), "signs of an image are its own");
    }

    [Test]
    public void DrawsHangOnSeedAndRun()
    {
        var draws = new[] { new SquareDraws(3, 0, 7, false), new SquareDraws(3, 1, 7, false), new SquareDraws(4, 0, 7, false), new SquareDraws(3, 0, 7, false) };
        var places = new int[draws.Length][];
        for (var i = 0; i < draws.Length; i++)
            places[i] = Places(ref draws[i]);
        Assert.That(places[1], Is.Not.EqualTo(places[0]));
        Assert.That(places[2], Is.Not.EqualTo(places[0]));
        Assert.That(places[3], Is.EqualTo(places[0]));
    }

    [Test]
    public void EveryPlaceButTheLastIsDrawnAlikeAndSignsAreFair()
    {
        const int draws = 30_000;
        var source = new SquareDraws(1, 0, 0, false);
        var counts = new int[4];
        for (var i = 0; i < draws; i++)
            counts[source.Place(8, 5)]++;
        Assert.That(counts[3], Is.Zero, "the last place");
        Assert.That(counts[..3], Is.All.InRange(draws / 3 - 400, draws / 3 + 400)); // 4.9 standard deviations
        Assert.That(source.Place(5, 5), Is.Zero);
        var signs = new float[draws];
        source.OwnSigns(signs);
        Assert.That(signs.Distinct().Order(), Is.EqualTo(new[] { -1f, 1f }));
        Assert.That(signs.Sum(), Is.EqualTo(0).Within(5 * Math.Sqrt(draws)));
        Assert.That(Enumerable.Range(0, draws).Sum(_ => source.Coin()), Is.EqualTo(draws / 2).Within(2.5 * Math.Sqrt(draws)));
    }

    private static int[] Places(ref SquareDraws draws)
    {
        var places = new int[16];
        foreach (ref var place in places.AsSpan())
            place = draws.Place(224, 5);
        return places;
    }
}
