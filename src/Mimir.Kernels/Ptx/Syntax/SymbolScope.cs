using System.Diagnostics.CodeAnalysis;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>The names of one block in braces, or of a module. Inner names hide outer ones.</summary>
internal sealed class SymbolScope(SymbolScope? outer)
{
    private readonly Dictionary<string, object> _names = [];
    private readonly Dictionary<string, RegisterRange> _ranges = [];

    /// <summary><c>%r&lt;N&gt;</c>.</summary>
    private sealed record RegisterRange(int Count, PtxType Type, PtxPosition Position);

    public SymbolScope? Outer => outer;

    /// <summary>Declares a name for a register, variable, label or function; false when the scope has it already.</summary>
    public bool TryDeclare(string name, object symbol) => FindRange(name) is null && _names.TryAdd(name, symbol);

    /// <summary>Puts a new declaration in the place of an older one: a definition behind its prototype.</summary>
    public void Replace(string name, object symbol) => _names[name] = symbol;

    /// <summary>Declares prefix0 … prefix(count−1); false when the scope has one of them already.</summary>
    public bool TryDeclareRange(string prefix, int count, PtxType type, PtxPosition position)
    {
        if (count > 0 && (Holds(prefix + "0") || Holds(prefix + (count - 1))))
            return false;
        if (_names.Keys.Any(name => IsInRange(name, prefix, count)))
            return false;
        return _ranges.TryAdd(prefix, new RegisterRange(count, type, position));
    }

    /// <summary>The symbol of that name here or outside; registers of a range are made by <paramref name="makeRegister"/> when first named.</summary>
    public bool TryFind(string name, Func<string, PtxType, PtxPosition, PtxRegister> makeRegister, [NotNullWhen(true)] out object? symbol)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._names.TryGetValue(name, out symbol))
                return true;
            if (scope.FindRange(name) is { } range)
            {
                symbol = makeRegister(name, range.Type, range.Position);
                scope._names.Add(name, symbol);
                return true;
            }
        }
        symbol = null;
        return false;
    }

    /// <summary>The name as declared in this scope itself.</summary>
    public object? Own(string name) => _names.GetValueOrDefault(name);

    private bool Holds(string name) => _names.ContainsKey(name) || FindRange(name) is not null;

    private RegisterRange? FindRange(string name)
    {
        if (_ranges.Count == 0)
            return null;
        for (var split = name.Length - 1; split > 0 && char.IsAsciiDigit(name[split]); split--)
        {
            if (_ranges.TryGetValue(name[..split], out var range) && IsInRange(name, name[..split], range.Count))
                return range;
        }
        return null;
    }

    private static bool IsInRange(string name, string prefix, int count) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && name.Length > prefix.Length
        && (name[prefix.Length] != '0' || name.Length == prefix.Length + 1)
        && int.TryParse(name.AsSpan(prefix.Length), System.Globalization.NumberStyles.None, null, out var number)
        && number < count;
}
