using System.Runtime.InteropServices;

namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Gives registers, constants and special registers their places in a warp's register file: predicates first, one bit a lane in 4 bytes
/// each; then vectors of 32 lanes, 32 or 64 bits each.</summary>
internal sealed class RegisterLayout
{
    /// <summary>The predicate that is always true.</summary>
    public const int True = 0;

    /// <summary>The predicate that nobody reads.</summary>
    public const int PredicateSink = 4;

    /// <summary>The carry flags.</summary>
    public const int Carry = 8;

    private const int FirstPredicate = 12;

    private readonly Dictionary<(ulong Value, bool IsWide), int> _constants = [];
    private readonly Dictionary<(SpecialRegister Register, bool IsWide), int> _specials = [];
    private readonly Dictionary<(int Offset, bool IsWide), int> _parameters = [];
    private readonly int _predicateEnd;
    private int _predicates = FirstPredicate;
    private int _end;

    /// <summary>An empty layout.</summary>
    /// <param name="predicates">How many predicate registers there will be.</param>
    public RegisterLayout(int predicates)
    {
        _predicateEnd = FirstPredicate + 4 * predicates;
        _end = (_predicateEnd + 63) / 64 * 64;
        Sink = Reserve(isWide: true);
    }

    /// <summary>The register that nobody reads.</summary>
    public int Sink { get; }

    /// <summary>Bytes of the register file.</summary>
    public int Bytes => _end;

    /// <summary>Constants with their places.</summary>
    public IEnumerable<(ulong Value, bool IsWide, int Place)> Constants => _constants.Select(pair => (pair.Key.Value, pair.Key.IsWide, pair.Value));

    /// <summary>Special registers with their places.</summary>
    public IEnumerable<(SpecialRegister Register, bool IsWide, int Place)> Specials =>
        _specials.Select(pair => (pair.Key.Register, pair.Key.IsWide, pair.Value));

    /// <summary>A place for a register or a temporary.</summary>
    public int Reserve(bool isWide)
    {
        var place = _end;
        _end += isWide ? Lanes.Bytes64 : Lanes.Bytes32;
        return place;
    }

    /// <summary>A place for a predicate register.</summary>
    public int ReservePredicate()
    {
        var place = _predicates;
        _predicates += 4;
        System.Diagnostics.Debug.Assert(_predicates <= _predicateEnd, "more predicates than announced");
        return place;
    }

    /// <summary>The place of a constant in all lanes; narrow ones are cut to 32 bits.</summary>
    public int Constant(ulong value, bool isWide)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_constants, (isWide ? value : (uint)value, isWide), out var exists);
        return exists ? place : place = Reserve(isWide);
    }

    /// <summary>The place of a special register that does not change while a warp runs.</summary>
    public int Special(SpecialRegister register, bool isWide)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_specials, (register, isWide), out var exists);
        return exists ? place : place = Reserve(isWide);
    }
}
