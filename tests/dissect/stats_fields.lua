-- SPDX-License-Identifier: GPL-2.0-or-later
-- The plugin's fields, as a Lua script reads them: tshark -q -X lua_script:stats_fields.lua -r FILE
-- Prints one line per message, then what came together.
local exchange = Field.new("ikesync.exchange")
local gateway_spi = Field.new("ikesync.gateway_spi")
local latency = Field.new("ikesync.latency")
local stub_type = Field.new("ikestub.type")
local status = Field.new("ikestub.status")
local move = Field.new("ikestub.move")

local tap = Listener.new("frame", "ikesync || ikestub")
local resumed, moves, refused = 0, 0, 0

function tap.packet(pinfo)
	local words = { "frame " .. pinfo.number }
	if exchange() then
		table.insert(words, "exchange " .. exchange().display)
		if exchange().value == 2 then resumed = resumed + 1 end
	end
	if gateway_spi() then table.insert(words, "SPI " .. tostring(gateway_spi().range:bytes()):lower()) end
	if latency() then table.insert(words, string.format("latency %.6f", latency().value:tonumber())) end
	for _, field in ipairs({ stub_type() }) do table.insert(words, "stub " .. field.display) end
	for _, field in ipairs({ status() }) do
		table.insert(words, "status " .. field.display)
		if field.value ~= 0 then refused = refused + 1 end
	end
	if move() and move().value then moves = moves + 1 end
	print(table.concat(words, ", "))
end

function tap.draw()
	print(string.format("resumed %d, moves %d, items refused %d", resumed, moves, refused))
end
