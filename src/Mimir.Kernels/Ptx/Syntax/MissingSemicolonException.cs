namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>A statement whose semicolon is missing: the next statement is the current token, nothing need be skipped.</summary>
internal sealed class MissingSemicolonException(PtxPosition position, string message) : PtxSyntaxException(position, "syntax", message);
